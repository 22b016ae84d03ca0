"""A study with six simulated exams, copied afresh for each test, and a scripted engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.scripted_engine import Says, install
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.records import Case, Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture(scope="session")
def imported(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a study into which the cohort was imported. Read only: use `study`."""
    folder = tmp_path_factory.mktemp("imported") / "study"
    with Study.create(folder, name="Six simulated") as study:
        assert len(import_folder(study, cohort).added) == 6
    return folder


@pytest.fixture
def study(imported: Path, tmp_path: Path) -> Iterator[Study]:
    """The imported study, the test's own copy."""
    shutil.copytree(imported, tmp_path / "study")
    with Study.open(tmp_path / "study") as opened:
        yield opened


@pytest.fixture
def rate(study: Study) -> Callable[..., None]:
    """`rate(case, high=True, reader="Reader A")` saves a complete reading."""

    def do(case: Case, *, high: bool, reader: str = "Reader A") -> None:
        rater = Rater(study, study.readers.ensure(reader), case)
        for item in load_form("pi-qual-v2").items("bpmri"):
            rater.set(item.id, high or item.part == "technical")
        rater.save()

    return do


@pytest.fixture
def rated(study: Study, rate: Callable[..., None]) -> Study:
    """The study with cases 1 to 3 rated high and 4 to 6 rated low."""
    for case in study.cases.all():
        rate(case, high=case.id <= 3)
    return study


@pytest.fixture
def split(rated: Study) -> Split:
    """Four patients to train on, one to validate, one to test; made as the default split."""
    return rated.splits.create(
        "default", seed=1, fractions={"train": 4 / 6, "validate": 1 / 6, "test": 1 / 6}, case_ids=range(1, 7)
    )


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[Says], list[AnyJob]]:
    """`script(says)` replaces the worker: `says(job)` yields the events. Returns the jobs it was given."""
    return lambda says: install(monkeypatch, says)


@pytest.fixture
def empty(tmp_path: Path) -> Study:
    """A study without a case."""
    return Study.create(tmp_path / "fresh", name="Fresh")


@pytest.fixture
def exams(cohort: Path, tmp_path: Path) -> Path:
    """Two exams that a test may damage."""
    for name in ("Simulated-0001", "Simulated-0003"):
        shutil.copytree(cohort / name, tmp_path / "exams" / name)
    return tmp_path / "exams"


@pytest.fixture
def dead_pid() -> int:
    """Number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid
