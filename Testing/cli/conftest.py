"""The command line as a user calls it, in this process, on a study of six simulated exams."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness import scripted_engine
from QualityFinetuneLib.cli.main import app
from QualityFinetuneLib.cli.simulated_reader import rate_simulated
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.importing import import_folder


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("study", "list")` calls the command line."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("QUALITYFINETUNE_STUDY", raising=False)
    monkeypatch.delenv("QUALITYFINETUNE_DEBUG", raising=False)

    def call(*arguments: object) -> Ran:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert "Traceback" not in result.output
        return Ran(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture(scope="session")
def template(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a study with the cohort, rated by its recipes. Read only: use `study`."""
    folder = tmp_path_factory.mktemp("template") / "study"
    with Study.create(folder, name="Six simulated") as study:
        for case in import_folder(study, cohort).added:
            assert rate_simulated(study, case, cohort) is not None
    return folder


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Path:
    """Folder of the test's own copy of that study."""
    shutil.copytree(template, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[AnyJob]:
    """Every run goes well without a worker; the jobs that were asked for."""
    return scripted_engine.install(monkeypatch, scripted_engine.everything)
