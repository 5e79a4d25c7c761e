"""Something done to a page -> the tasks and frames that it took, by Chromium's own tracer."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

SCRIPT = {"FunctionCall", "EvaluateScript", "FireAnimationFrame", "TimerFire", "EventDispatch", "RunMicrotasks"}
"""Trace events in which the page's own script runs."""
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]
FRAME = "AnimationFrame::Render"
LONG = 100.0
"""Milliseconds of a task that a visitor feels."""
SETTLED = 700
"""Milliseconds until what was done has had all its effects."""

Event = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """What the page's main thread did, in milliseconds."""

    scripts: Sequence[float]
    """the page's own script in each frame"""
    tasks: Sequence[float]
    """each task, on the clock: other programs on the machine are in it"""
    busy: Sequence[float]
    """each task, on the processor"""

    def told(self) -> str:
        """Return what is said of the tasks."""
        over = sum(task > LONG for task in self.tasks)
        longest = f"longest task {max(self.tasks):.0f} ms, {max(self.busy):.0f} of them on the processor"
        return f"{longest}; {over} over {LONG:.0f} ms"

    def told_of_frames(self) -> str:
        """Return what is said of the script in frames."""
        centiles = statistics.quantiles(self.scripts, n=20)
        median = statistics.median(self.scripts)
        return f"{len(self.scripts)} frames, script {median:.2f} ms a frame, {centiles[18]:.2f} at 95 %"


def traced(browser: Browser, page: Page, done: Callable[[], object]) -> Trace:
    """Do something, and return what it took."""
    browser.start_tracing(page=page, categories=TRACED)
    done()
    page.wait_for_timeout(SETTLED)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    own = _main_thread(events)
    tasks = [e for e in own if e["name"] == "RunTask" and "dur" in e]
    return Trace(_frames(own), [e["dur"] / 1e3 for e in tasks], [e.get("tdur", 0) / 1e3 for e in tasks])


def _main_thread(events: Sequence[Event]) -> list[Event]:
    """Return the events of the page's main thread, in time: of all such threads, the one with the most script."""
    names = {
        (e["pid"], e["tid"]) for e in events if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    busiest = max(
        names, key=lambda thread: sum(e.get("name") in SCRIPT and (e["pid"], e["tid"]) == thread for e in events)
    )
    own = [e for e in events if (e["pid"], e.get("tid")) == busiest and "ts" in e]
    return sorted(own, key=lambda e: e["ts"])


def _frames(own: Sequence[Event]) -> list[float]:
    """Return milliseconds of script in each frame but the first, which began before."""
    script, ends, found = 0.0, 0, []
    for event in own:
        if event["name"] == FRAME:
            found.append(script / 1e3)
            script = 0.0
        elif event["name"] in SCRIPT and "dur" in event and event["ts"] >= ends:  # the outermost alone
            script += event["dur"]
            ends = event["ts"] + event["dur"]
    return found[1:]
