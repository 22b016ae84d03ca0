"""Ends a process with everything it started. A launcher (PythonSlicer) may die before its child: both are named."""

from __future__ import annotations

import psutil


class ProcessTree:
    """Remembers who belongs to a worker, so that none outlives it."""

    def __init__(self, pid: int) -> None:
        self._members: dict[int, psutil.Process] = {}
        self.add(pid)

    def add(self, pid: int) -> None:
        """Count `pid` as belonging to the worker (the real Python behind a launcher, told by `Started`)."""
        try:
            self._members.setdefault(pid, psutil.Process(pid))
        except psutil.NoSuchProcess:
            return

    def alive(self) -> list[psutil.Process]:
        """The members that still run, and their descendants, each once.

        psutil compares creation times, so a process that got a dead member's number is not taken for it.
        """
        found: dict[int, psutil.Process] = {}
        for member in self._members.values():
            try:
                family = [member, *member.children(recursive=True)] if member.is_running() else []
            except psutil.NoSuchProcess:
                continue
            found |= {process.pid: process for process in family if _runs(process)}
        return list(found.values())

    def kill(self, *, timeout_s: float = 5.0) -> list[psutil.Process]:
        """Kill all that run and wait for them; returns those that would not die."""
        processes = self.alive()
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        _, left = psutil.wait_procs(processes, timeout=timeout_s)
        return [process for process in left if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
