"""`demo`: where it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cli import demo as demo_module
from QualityFinetuneLib.cli.demo_loop import DemoResult
from QualityFinetuneLib.cli.output import Output


def test_a_folder_that_is_not_empty_is_never_written_into(run: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    ran = run("demo", "--out", tmp_path / "mine")
    assert ran.code == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_without_a_name_the_next_free_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [demo_module.new_folder(None).name for _ in range(3)] == ["demo-study", "demo-study-2", "demo-study-3"]


def test_a_full_disk_is_told_before_anything_is_done(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10_000_000})
    monkeypatch.setattr(demo_module.shutil, "disk_usage", lambda path: usage)
    ran = run("demo", "--out", tmp_path / "out", "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "disk_full"


@pytest.mark.parametrize(
    ("found", "typed"),
    [("/bin/quality-finetune", "quality-finetune"), (None, "'/my programs/python' -m QualityFinetuneLib")],
)
def test_it_ends_with_a_command_that_works_from_here(
    found: str | None, typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(demo_module.shutil, "which", lambda name: found)
    monkeypatch.setattr(demo_module.sys, "executable", "/my programs/python")
    place = tmp_path / "a study"
    result = DemoResult(study=place, report=place, masks=place, pictures=place)
    demo_module._tell(result, Output(), 60.0)
    assert f"{typed} study list --study '{place}'" in capsys.readouterr().out.replace("\n", "")
