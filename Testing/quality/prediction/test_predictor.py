from __future__ import annotations

import json
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.prediction import QualityPredictor, load_predictor, save_predictor, train


@pytest.fixture(scope="module")
def predictor(examples, quality) -> QualityPredictor:
    return train(examples(), role=Role.T2W, target=quality, hold_out=["motion"])


def test_saved_and_read_again_it_says_the_same(predictor: QualityPredictor, tmp_path: Path) -> None:
    save_predictor(tmp_path / "p.json", predictor)
    again = load_predictor(tmp_path / "p.json")
    assert again == predictor
    values = {"sharpness": 8.0, "noise": 2.0}
    assert again.predict(values, role=Role.T2W) == predictor.predict(values, role=Role.T2W)
    data = json.loads((tmp_path / "p.json").read_text())
    assert data["cross_validated"]["mae"] and data["held_out"]["artefacts"] == ["motion"] and data["software_version"]


def test_better_measures_give_a_better_score_within_the_scale(predictor: QualityPredictor) -> None:
    good, bad, absurd = (
        predictor.predict({"sharpness": s, "noise": n}, role=Role.T2W) for s, n in ((10, 1), (6, 4), (-1e9, 1e9))
    )
    assert good.value is not None and bad.value is not None and good.value > bad.value + 0.5
    for one in (good, bad, absurd):
        assert one.value is not None and one.low is not None and one.high is not None
        assert 0 <= one.low <= one.value <= one.high <= 1
    assert good.remarks == () and "far outside" in absurd.remarks[0]


def test_another_role_is_refused(predictor: QualityPredictor) -> None:
    with pytest.raises(UserError, match="t2w series only") as caught:
        predictor.predict({"sharpness": 9.0, "noise": 1.0}, role=Role.ADC)
    assert caught.value.code == "bad_values"


def test_missing_measures_are_remarked_and_too_many_leave_it_open(predictor: QualityPredictor) -> None:
    some = predictor.predict({"sharpness": 9.0}, role=Role.T2W)
    assert some.value is not None and "noise" in some.remarks[0]
    none = predictor.predict({}, role=Role.T2W)
    assert none.value is None and none.why == "2 of its 2 measures have no value."


@pytest.mark.parametrize("change", [{"version": 2}, {"members": [[1.0], [2.0]]}, {"centre": []}, {"spread": [0, 1]}])
def test_a_file_that_does_not_fit_is_refused(predictor: QualityPredictor, tmp_path: Path, change: dict) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({**predictor.model_dump(mode="json"), **change}))
    with pytest.raises(UserError) as caught:
        load_predictor(path)
    assert caught.value.code == "bad_config"


def test_what_is_no_file_or_no_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_predictor(tmp_path / "absent.json")
    assert caught.value.code == "unreadable_file"
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(UserError) as caught:
        load_predictor(tmp_path / "p.json")
    assert caught.value.code == "bad_config"
