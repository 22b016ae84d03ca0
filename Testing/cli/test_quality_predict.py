from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.prediction import Example, Target, save_predictor, train
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import predictor_training


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor_training, "LEARNED", ("sharpness",))


@pytest.fixture
def predictor(tmp_path: Path) -> Path:
    examples = [
        Example(patient=f"P{i % 6}", target=(i % 5) / 4, values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.001 * i})
        for i in range(30)
    ]
    path = tmp_path / "t2w.json"
    save_predictor(path, train(examples, role=Role.T2W, target=Target(kind="severity", low=0, high=1)))
    return path


def test_a_folder_of_exams(run: Any, cohort: Path, predictor: Path) -> None:
    common = ["quality", "predict", cohort / "Simulated-0001", "--predictor", predictor]
    (case,) = run(*common, "--json").document["cases"]
    found = case["prediction"]
    assert found["low"] <= found["value"] <= found["high"]
    text = run(*common).out
    assert "90% interval" in text and "simulated faults" in text


def test_a_reader_sees_only_cases_that_they_have_rated(run: Any, study: Path, predictor: Path) -> None:
    common = ["quality", "predict", "--study", study, "--predictor", predictor, "--json"]
    with Study.open(study) as opened:
        rated = opened.readings.all_latest()
        name = next(one.name for one in opened.readers.all() if one.id == rated[0].reader_id)
        opened.readers.ensure("Newcomer")
    assert len(run(*common, "--reader", name).document["cases"]) == len(rated)
    fresh = run(*common, "--reader", "Newcomer").document
    assert fresh["cases"] == [] and len(fresh["hidden"]) == 6
    nobody = run(*common)
    assert nobody.code == 1 and nobody.document["error"]["code"] == "bad_config"
    with Study.open(study) as opened:
        opened.save_settings(opened.settings.model_copy(update={"assisted": True}))
    assert len(run(*common, "--case", 1).document["cases"]) == 1


def test_what_has_no_series_of_the_role_is_left_out(run: Any, cohort: Path, predictor: Path) -> None:
    adc = cohort / "Simulated-0001" / "adc.nrrd"
    ran = run("quality", "predict", adc, cohort / "Simulated-0002", "--predictor", predictor, "--json")
    assert len(ran.document["cases"]) == 1 and ran.document["left_out"][0]["code"] == "missing_series"
    alone = run("quality", "predict", adc, "--predictor", predictor, "--json")
    assert alone.code == 1 and alone.document["error"]["code"] == "missing_series"
