"""What the client says to the worker: cancel, requests, and - by falling silent - that nobody is there any more."""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import IO

from ..protocol.exit_codes import ExitCode

GRACE_S = 10.0
"""How long a job may take to stop once nobody listens; after it the process ends itself."""
_PARENT_CHECK_S = 1.0


class Control:
    """Listens on stdin and watches the parent process.

    Attributes:
        stop: set when the job should end at its next batch.
        lines: every other line, for a serving engine; None says that no more will come.
        alone: set when the client is gone.
    """

    def __init__(self, *, grace_s: float = GRACE_S) -> None:
        self.stop = threading.Event()
        self.alone = threading.Event()
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._grace_s = grace_s

    def listen(self, stream: IO[bytes]) -> None:
        """Start the thread that reads `stream`, and on POSIX the one that notices the parent's death."""
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()
        if os.name != "nt":
            # stdin alone is not enough: a sibling may hold its other end open, and a launcher may die before us.
            threading.Thread(target=self._watch_parent, args=(os.getppid(),), daemon=True).start()

    def abandon(self) -> None:
        """Nobody listens any more: stop in order, and if that takes too long, end the process."""
        if self.alone.is_set():
            return
        self.alone.set()
        self.stop.set()
        self.lines.put(None)
        deadline = threading.Timer(self._grace_s, os._exit, args=(ExitCode.ABANDONED,))
        deadline.daemon = True
        deadline.start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            text = line.decode("utf-8", errors="replace").strip()
            if text == "cancel":
                self.stop.set()
                self.lines.put(None)
            elif text:
                self.lines.put(text)
        self.abandon()

    def _watch_parent(self, parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_CHECK_S)
        self.abandon()
