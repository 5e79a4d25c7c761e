"""Serving: how soon a search server answers, how it bears load, and whether its memory stays what it was.

    python benchmarks/serving.py MAP WORK PICTURES [--network FILE] [--seconds 60] [--connections 50]

MAP and WORK: the folder of a map and its work folder; PICTURES: a folder of images, which are turned a little, so that
they are no posters. Starts `mapmaker serve --search` as a process of its own, asks it on loopback one after the other,
then loads it with wrk (Debian's package): by id alone, then by id while pictures are looked at all the time. What the
bare server can do is found in the same run, by a file that it has in memory; and how much of a core the server got, for
on a machine that others use, too, answers wait for the processor and not for the server. Prints Markdown; the exit code
is 1 if anything is not as it must be.
"""

import argparse
import contextlib
import http.client
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import numpy as np
import psutil
from PIL import Image

BY_ID_MS, PICTURE_MS, P99_MS, GROWTH = 2.0, 100.0, 100.0, 1.05
"""What is asked for: medians of queries warm, the 99th percentile under load, memory after load against before."""
SCRIPT = """
local paths = {}
for line in io.lines("FILE") do paths[#paths + 1] = line end
local at = 0
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
"""
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class Server:
    """The process that serves, and a connection to it."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = psutil.Process(process.pid)
        self.address = address
        self._place = urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(self._place, timeout=60)

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and content."""
        kind = {} if body is None else {"Content-Type": "application/octet-stream"}
        self._connection.request("GET" if body is None else "POST", path, body, kind)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def again(self) -> "Server":
        """Return the same with a connection of its own."""
        other = Server.__new__(Server)
        other.process, other.address, other._place = self.process, self.address, self._place
        other._connection = http.client.HTTPConnection(self._place, timeout=60)
        return other

    @property
    def seconds(self) -> float:
        """What it has had of the processor."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    @property
    def megabytes(self) -> float:
        """What of memory is its own."""
        return float(self.process.memory_full_info().uss) / 1e6


@contextlib.contextmanager
def serving(options: argparse.Namespace) -> Iterator[Server]:
    """Start a server; gives it once pictures can be looked at."""
    command = [
        sys.executable,
        "-m",
        "mapmaker",
        "serve",
        options.map,
        "--search",
        "--work",
        options.work,
        "--port",
        "0",
    ]
    command += ["--network", options.network] if options.network else []
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    try:
        began = time.monotonic()
        assert process.stdout is not None
        found = re.search(r"http://[^/]+/", process.stdout.readline())
        if found is None:
            sys.exit("the server did not start")
        server = Server(process, found[0])
        server.ask("/v1/about")
        first = time.monotonic() - began
        while json.loads(server.ask("/v1/about")[1])["pictures"] == "loading":
            time.sleep(0.05)
        print(f"first answer after {first:.1f} s, pictures after {time.monotonic() - began:.1f} s\n")
        yield server
    finally:
        process.terminate()
        process.wait(30)


def pictures(folder: Path, count: int) -> list[bytes]:
    """Return files that are no posters: images of the folder, turned by two degrees."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    turned = []
    for file in Random(0).sample(files, count):
        content = io.BytesIO()
        with Image.open(file) as image:
            image.convert("RGB").rotate(2).save(content, "JPEG")
        turned.append(content.getvalue())
    return turned


def alone(server: Server, ids: Sequence[str], shown: Sequence[bytes]) -> bool:
    """Print what queries take one after the other."""
    some = Random(0).choices(ids, k=1_000)
    by_id = [_milliseconds(server, f"/v1/posters/{id_}/similar") for id_ in some]
    by_title = [_milliseconds(server, f"/v1/posters?q={word}") for word in ("love", "metropolis", "th") * 10]
    looked = [_milliseconds(server, "/v1/similar", picture) for picture in shown]
    print("| one after the other | p50 | p99 |\n|---|---|---|")
    for name, times in (("by id", by_id), ("a title", by_title), (f"a picture, of {len(shown)}", looked)):
        print(f"| {name} | {np.percentile(times, 50):.2f} ms | {np.percentile(times, 99):.2f} ms |")
    return bool(np.percentile(by_id, 50) < BY_ID_MS) and bool(np.percentile(looked, 50) < PICTURE_MS)


def _milliseconds(server: Server, path: str, body: bytes | None = None) -> float:
    began = time.perf_counter()
    status, content = server.ask(path, body)
    assert status == 200, content
    return (time.perf_counter() - began) * 1e3


def loaded(server: Server, options: argparse.Namespace, ids: Sequence[str], shown: Sequence[bytes]) -> bool:
    """Print what load does to answers and to memory."""
    posters = [f"/v1/posters/{id_}/similar" for id_ in ids]
    _wrk(server, options, posters, 5)  # what is read once
    columns = ("answers a second", "p50", "p99", "errors", "cores it got")
    print(f"\n| {options.connections} connections, {options.seconds} s each | {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|")
    fine = True
    before = server.megabytes
    for name, paths, looking in (
        ("a file of the page", ["/page/ask.css"], False),
        ("by id", posters, False),
        ("by id, while pictures are looked at", posters, True),
    ):
        with _looking(server.again(), shown if looking else ()) as seen:
            spent = server.seconds
            rate, p50, p99, errors = _wrk(server, options, paths, options.seconds)
            cores = (server.seconds - spent) / options.seconds
        told = f", {len(seen) / options.seconds:.0f} a second" if looking else ""
        print(f"| {name}{told} | {rate:,.0f} | {p50:.1f} ms | {p99:.1f} ms | {errors} | {cores:.2f} |")
        if name == "by id":
            fine = p99 < P99_MS and not errors and server.megabytes < before * GROWTH
            print(f"| memory before and after, MB | {before:.0f} | {server.megabytes:.0f} | | | |")
        elif looking:
            fine = fine and not errors
    return fine


@contextlib.contextmanager
def _looking(server: Server, shown: Sequence[bytes]) -> Iterator[list[int]]:
    """Have pictures looked at, one after the other; gives the status of each answer."""
    ended, answers = threading.Event(), list[int]()

    def look() -> None:
        while shown and not ended.is_set():
            answers.append(server.ask("/v1/similar", shown[len(answers) % len(shown)])[0])

    thread = threading.Thread(target=look)
    thread.start()
    yield answers
    ended.set()
    thread.join()
    assert set(answers) <= {200}


def _wrk(
    server: Server, options: argparse.Namespace, paths: Sequence[str], seconds: int
) -> tuple[float, float, float, int]:
    """Return answers a second, the median and 99th percentile of their times in ms, and how many were none of 2xx."""
    with tempfile.TemporaryDirectory() as name:
        file, script = Path(name, "paths"), Path(name, "paths.lua")
        file.write_text("\n".join(paths))
        script.write_text(SCRIPT.replace("FILE", str(file)))
        how = ["-t1", f"-c{options.connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
        said = subprocess.run(["wrk", *how, server.address], capture_output=True, text=True, check=True).stdout
    times = {
        percent: float(value) * UNITS[unit] for percent, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(\w+)", said)
    }
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate is not None
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    return float(rate[1]), times["50"], times["99"], broken + (int(refused[1]) if refused else 0)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("map", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--network", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--connections", type=int, default=50)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("there is no wrk; Debian has it: apt-get install wrk")
    shown = pictures(options.pictures, 100)
    with serving(options) as server:
        ids = json.loads(server.ask("/v1/map")[1])["ids"]
        Random(0).shuffle(ids)
        fine = alone(server, ids, shown)
        fine = loaded(server, options, ids, shown) and fine
    sys.exit(not fine)


if __name__ == "__main__":
    main()
