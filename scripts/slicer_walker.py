"""Goes through steps inside Slicer: waits without blocking, takes pictures, and fails with a reason."""

from __future__ import annotations

import time
from pathlib import Path

import slicer
from slicer_evidence import Evidence

STEP_LIMIT_S = 120


class SmokeFailure(Exception):
    """A step did not do what it should."""


class Walker:
    """What every step needs.

    Args:
        out: folder for the pictures.

    Attributes:
        panels: the module's panels once it is open.
        steps: name, seconds and problem of each step that was done.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.panels = None
        self.evidence = Evidence()
        self.steps = []
        self._pictures = 0

    def run(self, steps) -> None:
        """Every step in order; the first one that fails ends the walk."""
        for step in steps:
            started = time.monotonic()
            try:
                step()
                self.no_slot_failed()
            except Exception as error:
                self._note(step.__name__, started, f"{type(error).__name__}: {error}")
                raise
            self._note(step.__name__, started, "")

    def wait(self, done, what: str, *, limit_s: float = STEP_LIMIT_S) -> None:
        """Let the application work until `done()`."""
        deadline = time.monotonic() + limit_s
        while not done():
            self.no_slot_failed()
            if time.monotonic() > deadline:
                raise SmokeFailure(f"{what} took more than {limit_s} s")
            slicer.app.processEvents()
            time.sleep(0.02)

    def pump(self) -> None:
        """Let the application draw what changed."""
        for _ in range(5):
            slicer.app.processEvents()

    def picture(self, name: str) -> None:
        """The main window, or the panel where there is none."""
        self.pump()
        self._pictures += 1
        widget = slicer.util.mainWindow() or self.panels.widget
        widget.grab().save(str(self.out / f"{self._pictures:02d}-{name}.png"))

    def expect(self, condition: bool, otherwise: str) -> None:
        """Fail the step with a reason."""
        if not condition:
            raise SmokeFailure(otherwise)

    def no_slot_failed(self) -> None:
        """Stop on an error inside a slot, which Slicer only prints."""
        if self.evidence.raised:
            raise SmokeFailure(f"an error inside a slot: {self.evidence.raised[-1].strip().splitlines()[-1]}")

    def _note(self, name: str, started: float, problem: str) -> None:
        seconds = round(time.monotonic() - started, 1)
        self.steps.append({"step": name, "seconds": seconds, "problem": problem})
        print(f"{name}: {'failed: ' + problem if problem else 'passed'} ({seconds} s)")
