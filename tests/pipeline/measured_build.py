"""A build whose memory is watched: python measured_build.py IMAGES MAP tells its peak and what it left out, as JSON."""

import json
import sys
import threading
import time

import psutil

import mapmaker as mm


class Watch(threading.Thread):
    """Looks ten times a second at how many bytes this process and its children hold; `peak` is the most."""

    peak = 0

    def __init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        """Watch for as long as the process lives."""
        mine = psutil.Process()
        while True:
            self.peak = max(self.peak, sum(map(held, [mine, *mine.children(recursive=True)])))
            time.sleep(0.1)


def held(process: psutil.Process) -> int:
    """Return the bytes that a process holds, 0 if it has just ended."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    watch = Watch()
    watch.start()
    report = mm.build(sys.argv[1], sys.argv[2], extractor="classic")
    rejects = [[reject.path, reject.reason] for reject in report.rejects]
    sys.stdout.write(json.dumps({"peak": watch.peak, "rejects": rejects}))
