"""What a walk through the module tells when a step fails, so that it can be repaired from the printed log alone.

An error inside a Qt slot or a scene's observer never reaches the caller: Slicer prints it and goes on. It is caught
here by Python's own hook and kept, so that the walk can stop on it. Works on the harness as well as in Slicer.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import threading
import traceback
from collections import deque
from importlib import metadata
from pathlib import Path

import slicer

LAST_EVENTS = 25
PACKAGES = ("numpy", "SimpleITK", "pydicom", "scipy", "SQLAlchemy", "pydantic", "torch", "monai")
OURS = "QualityFinetune"


class ListeningEngine:
    """An engine whose events are kept while they are passed on; everything else is the engine's own."""

    def __init__(self, engine, events: deque) -> None:
        self._engine = engine
        self._events = events

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def start(self, job) -> None:
        """Note the job before it starts."""
        self._events.append(f"job {type(job).__name__} in {job.output}")
        self._engine.start(job)

    def poll(self) -> list:
        """Pass on the events since the last call."""
        events = self._engine.poll()
        self._events.extend(events)
        return events


class Evidence:
    """Collects while the walk goes on; `tell` prints it.

    Attributes:
        raised: tracebacks of errors inside slots, observers and threads that went through this module's code.
    """

    def __init__(self) -> None:
        self.raised: list[str] = []
        self.events: deque = deque(maxlen=LAST_EVENTS)
        self._engines: list = []
        self._hooks = (sys.excepthook, threading.excepthook)

    def listen(self) -> None:
        """From now on, keep errors that reach nobody."""
        sys.excepthook = self._raised
        threading.excepthook = lambda told: self._raised(told.exc_type, told.exc_value, told.exc_traceback)

    def stop(self) -> None:
        """Put the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    def engine_factory(self, factory):
        """The same factory, with its engines listened to."""

        def make(python):
            self._engines.append(ListeningEngine(factory(python), self.events))
            return self._engines[-1]

        return make

    def tell(self, panels) -> None:
        """Print where everything stands: panels, messages, run, events, errors."""
        for line in self.lines(panels):
            print(f"  | {line}")

    def lines(self, panels) -> list[str]:
        """The same as lines; a part that cannot be told says why, for a half-built panel is what one wants to see."""
        told = []
        for title, part in (
            ("application", application),
            ("panels", lambda: panel_lines(panels)),
            ("run", lambda: run_lines(panels)),
            ("engine", self._engine_lines),
            ("errors inside slots", lambda: [line for text in self.raised for line in text.splitlines()]),
        ):
            try:
                found = part()
            except Exception as error:  # noqa: BLE001 - evidence is gathered from whatever is broken
                found = [f"cannot be told: {type(error).__name__}: {error}"]
            told += [f"{title}:", *(f"  {line}" for line in found or ["nothing"])]
        return told

    def keep_runs(self, panels, out: Path) -> None:
        """Copy each run's job and events, which are gone with the temporary study otherwise."""
        study = panels.session.study if panels is not None else None
        for file in sorted(study.folder.glob("runs/*/*")) if study is not None else ():
            if file.name in ("job.yaml", "events.jsonl"):
                shutil.copy(file, out / f"run-{file.parent.name}-{file.name}")

    def _raised(self, kind, error, trace) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text)
        if OURS in text:
            self.raised.append(text)

    def _engine_lines(self) -> list[str]:
        told = [(event if isinstance(event, str) else repr(event))[:500] for event in self.events]
        for engine in self._engines[-1:]:
            told += [f"exit code {getattr(engine, 'exit_code', None)}"]
            told += [f"stderr: {line}" for line in list(getattr(engine, "stderr_tail", []))[-LAST_EVENTS:]]
        return told


def application() -> list[str]:
    """Which Slicer, which Python, which packages, and whether there are windows and views."""
    return [
        f"Slicer {slicer.app.majorVersion}.{slicer.app.minorVersion}, Python {platform.python_version()}",
        f"{platform.platform()}, Python program {sys.executable}",
        f"engine's Python {os.environ.get('QUALITYFINETUNE_PYTHON') or 'the same'}",
        f"main window {slicer.util.mainWindow() is not None}, views {slicer.app.layoutManager() is not None}",
        ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    ]


def panel_lines(panels) -> list[str]:
    """The step that is shown, what each panel's message says, and which buttons can be pressed."""
    if panels is None:
        return []
    session = panels.session
    told = [
        f"step {panels.step}, entered {panels.entered}, study {session.study is not None}, "
        f"reader {session.reader is not None}, case {session.case_id}",
        f"image {panels.stage.t2w is not None}, segmentation {panels.stage.segmentation is not None}",
    ]
    told += [f"{step} says: {panel.message.text or '-'}" for step, panel in panels.by_step.items()]
    names = [name for name in vars(panels.by_step[panels.step].ui._children) if name.endswith("Button")]
    for name in sorted(names):
        button = getattr(panels.by_step[panels.step].ui, name)
        told.append(f"{name}: {button.text!r}, enabled {button.isEnabled()}")
    return told


def run_lines(panels) -> list[str]:
    """What is known of the run."""
    return [f"{name}: {value}" for name, value in vars(panels.monitor.progress).items()] if panels else []


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
