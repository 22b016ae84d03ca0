"""The module in the harness, with a small simulated study, a scripted engine and a settings file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.engine.client.devices import Device
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.rating import Rater
from widgets.scripted_engine import ScriptedEngine

MODULE = Path(__file__).resolve().parents[2] / "QualityFinetune" / "QualityFinetune.py"


@pytest.fixture(scope="session")
def desktop() -> SimpleNamespace:
    """`qt` and `slicer` as module code sees them."""
    pytest.importorskip("PySide6")
    pytest.importorskip("slicer")
    from harness.slicer_app import start

    application = start()
    import qt
    import slicer

    return SimpleNamespace(qt=qt, slicer=slicer, app=application)


@pytest.fixture(autouse=True)
def no_slot_fails() -> Iterator[None]:
    """An error inside a slot is only printed, in Slicer as here; a test during which one occurs fails."""
    from harness import slot_failures

    slot_failures.clear()
    yield
    if slot_failures:
        pytest.fail("an error inside a slot:\n" + "\n".join(slot_failures))


@pytest.fixture(scope="session")
def imported(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study folder with the six simulated exams imported. Copied for each test, never changed."""
    folder = tmp_path_factory.mktemp("imported") / "Pilot"
    with Study.create(folder, name="Pilot") as study:
        import_folder(study, cohort)
    return folder


@pytest.fixture
def study_folder(imported: Path, tmp_path: Path) -> Path:
    """A study of the test's own."""
    return Path(shutil.copytree(imported, tmp_path / "Pilot"))


@pytest.fixture
def study(study_folder: Path) -> Iterator[Study]:
    """The same, open."""
    with Study.open(study_folder) as opened:
        yield opened


@pytest.fixture
def session(desktop: SimpleNamespace, study_folder: Path) -> Iterator[Any]:
    """A session with the study open and a reader named."""
    from QualityFinetuneLib.widgets.session import Session

    opened = Session()
    opened.open(study_folder)
    opened.read_as("Reader One")
    yield opened
    opened.close()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


class Answers:
    """What the user answers to the questions that open a window of the system."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.file: Path | None = None
        self.opened: list[Path] = []
        self.no_engine: UserError | None = None

    def choose_folder(self, _title: str) -> Path | None:
        return self.folder

    def choose_file(self, _title: str) -> Path | None:
        return self.file

    def open_file(self, path: Path) -> None:
        self.opened.append(path)

    def find_devices(self, *, python: Path | None = None, refresh: bool = False) -> list[Device]:
        if self.no_engine is not None:
            raise self.no_engine
        return [Device(name="cpu", title="Test processor", memory_gib=None, bf16=False)]


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def settings(desktop: SimpleNamespace, tmp_path: Path) -> Any:
    """Settings that no other test sees."""
    return desktop.qt.QSettings(str(tmp_path / "Slicer.ini"), desktop.qt.QSettings.IniFormat)


@pytest.fixture
def panels(desktop: SimpleNamespace, engine: ScriptedEngine, answers: Answers, settings: Any) -> Iterator[Any]:
    """All panels, shown, without a study."""
    from harness.slicer_app import reset_scene
    from QualityFinetuneLib.widgets.panels import Panels

    made = Panels(
        scene=desktop.slicer.mrmlScene,
        engine_factory=engine,
        settings=settings,
        choose_folder=answers.choose_folder,
        choose_file=answers.choose_file,
        open_file=answers.open_file,
        find_devices=answers.find_devices,
    )
    made.widget.resize(480, 1000)
    made.widget.show()
    made.enter()
    yield made
    made.cleanup()
    made.widget.hide()
    made.widget.deleteLater()
    desktop.app.processEvents()
    reset_scene()


@pytest.fixture
def opened(panels: Any, study_folder: Path) -> Any:
    """All panels with the study open and a reader named."""
    panels.session.open(study_folder)
    panels.session.read_as("Reader One")
    return panels


@pytest.fixture(scope="session")
def rated_once(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study folder with every case rated by Reader One: odd cases low, even cases high. Copied, never changed."""
    folder = Path(shutil.copytree(imported, tmp_path_factory.mktemp("rated") / "Pilot"))
    with Study.open(folder) as study:
        reader = study.readers.ensure("Reader One")
        for case in study.cases.all():
            rater = Rater(study, reader, case)
            for item in rater.form.items(rater.protocol):
                rater.set(item.id, not (case.id % 2 and item.id in ("t2w_snr", "t2w_structures")))
            rater.save()
    return folder


@pytest.fixture
def rated(panels: Any, rated_once: Path, tmp_path: Path) -> Any:
    """All panels with that study open and its reader named."""
    panels.session.open(Path(shutil.copytree(rated_once, tmp_path / "Rated")))
    panels.session.read_as("Reader One")
    return panels


def wait_until(desktop: SimpleNamespace, done: Any, *, timeout_s: float = 20.0) -> None:
    """Let timers run until `done()`; fails after `timeout_s`."""
    import time

    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "it took too long"
        desktop.app.processEvents()
        time.sleep(0.005)


@pytest.fixture
def wait(desktop: SimpleNamespace) -> Any:
    """`wait(condition)` lets Qt's timers run until the condition holds."""
    return lambda done, **options: wait_until(desktop, done, **options)
