from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.prediction import load_predictor
from QualityFinetuneLib.workflow import predictor_training

FEW = ("snr_local", "sharpness", "blur", "through_plane_sharpness")
"""Enough to learn from, and quick."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor_training, "LEARNED", FEW)


def test_faults_are_learned_and_the_unseen_one_reported(run: Any, cohort: Path, tmp_path: Path) -> None:
    out = tmp_path / "t2w.json"
    common = ["--kind", "noise", "--kind", "thick_slices", "--hold-out", "ghosting", "--out", out]
    ran = run("quality", "train-predictor", cohort, *common, "--json")
    document = ran.document
    assert document["artefacts"] == ["noise", "thick_slices"]
    assert document["held_out"]["artefacts"] == ["ghosting"] and document["held_out"]["n"] == 6 * 4
    assert document["cross_validated"]["mae"] < 0.9 * document["cross_validated"]["chance_mae"]
    assert "unseen: ghosting" in ran.err
    assert load_predictor(out).n == 6 * (1 + 2 * 4) == document["n"]


def test_too_few_readings_are_refused(run: Any, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "t2w.json"
    ran = run("quality", "train-predictor", "--from", "readings", "--study", study, "--out", out, "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "too_few_cases"
    assert not out.exists()


def test_readings_and_faults_are_not_mixed(run: Any, study: Path, tmp_path: Path) -> None:
    common = ["quality", "train-predictor", "--from", "readings", "--study", study, "--out", tmp_path / "p.json"]
    ran = run(*common, "--hold-out", "ghosting", "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "bad_config"
