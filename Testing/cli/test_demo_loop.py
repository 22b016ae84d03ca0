"""The demo's loop: with a real worker and a tiny network, and with folders of all kinds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.tiny_card import write_tiny_card
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PredictJob
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def tiny_card(tmp_path: Path) -> Path:
    """A network so small that a step takes a blink."""
    return write_tiny_card(tmp_path, spacing_mm=[1.6, 1.6, 3.0], patch=[32, 32, 16])


@pytest.mark.slow
def test_the_whole_loop_runs_in_the_shell(tiny_card: Path, tmp_path: Path) -> None:
    command = ["demo", "--patients", "5", "--epochs", "1", "--mode", "scratch", "--threads", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "QualityFinetuneLib", *command, "--model", str(tiny_card), "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    place = tmp_path / "out"
    assert Path(result["report"]) == place / "report.html"
    assert result["task"] == "zones"
    assert set(result["dice"]) == {"PZ", "TZ"}
    assert result["trained_on"] + 1 + result["predicted"] == 5
    assert list((place / "masks").rglob("*.nrrd"))
    html = (place / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED IMAGES: all 5 exams" in html
    with Study.open(place / "study") as study:
        assert {run.status for run in study.runs.all()} == {"done"}
        assert [run.kind for run in study.runs.all()] == ["finetune", "predict", "evaluate"]
        assert study.verify() == []
    if "slicer-core" not in done.stderr:
        assert len(list((place / "pictures").glob("simulated-*.png"))) == 2 * result["predicted"]


def test_a_folder_without_masks_is_outlined_by_the_gland_model_and_not_rated(
    run: Any, cohort: Path, tmp_path: Path, scripted: list[AnyJob]
) -> None:
    for case in sorted(cohort.iterdir())[:2]:
        (tmp_path / "exams" / f"Real-{case.name[-4:]}").mkdir(parents=True)
        shutil.copy(case / "t2w.nrrd", tmp_path / "exams" / f"Real-{case.name[-4:]}" / "t2w.nrrd")
    ran = run("demo", tmp_path / "exams", "--out", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    assert "nothing was finetuned" in ran.err
    assert "ratings are not made up" in ran.err
    assert [type(job) for job in scripted] == [PredictJob]
    assert ran.document["task"] == "gland"
    with Study.open(tmp_path / "out" / "study") as study:
        assert study.readings.all() == []
        assert not any(case.simulated for case in study.cases.all())
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "ratings are not made up" in html
    assert "SIMULATED" not in html


def test_a_folder_with_masks_finetunes_on_them_unrated(
    run: Any, cohort: Path, tmp_path: Path, scripted: list[AnyJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in sorted(cohort.iterdir())[:4]:
        target = tmp_path / "exams" / f"Real-{case.name[-4:]}"
        target.mkdir(parents=True)
        for name in ("t2w.nrrd", "gland.nrrd"):
            shutil.copy(case / name, target / name)
    monkeypatch.setattr("QualityFinetuneLib.cli.demo_loop.DemoLoop._evaluate", lambda *_: None)
    ran = run("demo", tmp_path / "exams", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    job = scripted[0]
    assert isinstance(job, FinetuneJob)
    assert job.task.name == "gland"
    assert {case.quality for case in job.train} == {None}
    assert "Report:" in ran.out


def test_nothing_to_work_on_is_told(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("demo", tmp_path / "empty", "--out", tmp_path / "out", "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "not_an_exam"
    assert run("demo", tmp_path / "no-such").code == 1
