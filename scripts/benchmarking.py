"""What the benchmarks share: sides in processes of their own that take turns, medians, the machine in words, JSON.

A side is a process: its peak memory is its own (what a process once took it never gives back in the figures), and it
can have its own environment. Only one side works at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self


class Side:
    """A child process that does its work once for each line on its stdin; see `serve`."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.runs: list[dict[str, Any]] = []

    def run(self) -> dict[str, Any]:
        """Do the work once more; what it told, with `seconds` and `peak_mib` among it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            told = self._process.stdout.readline()
        except BrokenPipeError:
            told = ""
        if not told:
            raise RuntimeError(f"a side ended with code {self._process.wait()}; its messages are above")
        self.runs.append(json.loads(told))
        return self.runs[-1]

    def median(self, key: str = "seconds") -> float:
        """Median over all runs but the first, which warms up; of the first where it is the only one."""
        return statistics.median(run[key] for run in self.runs[1:] or self.runs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def serve(work: Callable[[], Mapping[str, Any] | None], *, before_mib: float) -> None:
    """The child's part: for each line on stdin do `work`, and tell seconds, memory, and what it returned.

    Args:
        work: done once a line; what it returns is told too.
        before_mib: resident memory before the work was prepared, with its libraries loaded.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    for _ in sys.stdin:
        began = time.perf_counter()
        told = work()
        seconds = time.perf_counter() - began
        answers.write(
            json.dumps({"seconds": seconds, "peak_mib": peak_mib(), "before_mib": before_mib, **(told or {})})
        )
        answers.write("\n")
        answers.flush()


def alternate(sides: Mapping[str, Side], *, repeats: int) -> None:
    """Let each side work once to warm up, then `repeats` times in turn."""
    for _ in range(repeats + 1):
        for side in sides.values():
            side.run()


def resident_mib() -> float:
    """Memory of this process now."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def peak_mib() -> float:
    """The most memory that this process ever had."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def machine(*, threads: int) -> dict[str, Any]:
    """Processor, threads and versions, for the record."""
    from importlib.metadata import version

    name = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        found = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        name = found[0].partition(":")[2].strip() if found else name
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "torch": version("torch"),
        "monai": version("monai"),
    }


def add_arguments(parser: argparse.ArgumentParser, *, repeats: int) -> None:
    """Arguments of every benchmark."""
    parser.add_argument("--threads", type=int, default=2, help="of the processor (default 2)")
    parser.add_argument("--repeats", type=int, default=repeats, help=f"after warming up (default {repeats})")
    parser.add_argument("--json", type=Path, help="write the results to this file")


def finish(results: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, json_file: Path | None) -> int:
    """Print each row with its promises, write the JSON, and return 1 when a promise is broken."""
    broken = False
    for row in rows:
        print(row["text"])
        for promise in row.get("promises", ()):
            broken |= not promise["held"]
            print(f"    {'held  ' if promise['held'] else 'BROKEN'}  {promise['text']}")
    if json_file is not None:
        json_file.write_text(json.dumps({**results, "rows": list(rows)}, indent=2) + "\n", encoding="utf-8")
    return 1 if broken else 0


def promise(
    name: str, value: float, *, at_least: float | None = None, at_most: float | None = None
) -> dict[str, Any]:
    """Whether `value` keeps a bound, in a form for `finish`."""
    held = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    return {"name": name, "value": value, "held": held, "text": f"{name} {value:.3g}, {bound}"}
