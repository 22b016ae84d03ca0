from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.prediction import train


def test_quality_that_follows_from_measures_is_learned(examples, quality) -> None:
    predictor = train(examples(), role=Role.T2W, target=quality)
    errors = predictor.cross_validated
    assert errors.mae < 0.4 * errors.chance_mae
    assert errors.spearman is not None and errors.spearman > 0.9
    assert (errors.n, errors.patients, predictor.n, predictor.patients) == (80, 8, 80, 8)
    assert predictor.artefacts == ("motion", "noise") and predictor.simulated


def test_the_interval_covers_new_patients_as_often_as_it_says(examples, quality) -> None:
    predictor = train(examples(patients=20), role=Role.T2W, target=quality, level=0.9)
    inside = []
    for one in examples(patients=30, seed=7):
        found = predictor.predict(one.values, role=Role.T2W)
        assert found.low is not None and found.high is not None
        inside.append(found.low <= one.target <= found.high)
    assert 0.82 <= np.mean(inside) <= 0.98


def test_a_fault_held_out_is_not_learned_and_its_error_is_told(examples, quality) -> None:
    made = examples(faults=("noise", "motion", "strange"))
    predictor = train(made, role=Role.T2W, target=quality, hold_out=["strange"])
    assert predictor.artefacts == ("motion", "noise")
    held_out = predictor.held_out
    assert held_out is not None and held_out.artefacts == ("strange",)
    assert held_out.mae > 3 * predictor.cross_validated.mae
    assert held_out.n == 8 * 4
    rest = [one for one in made if one.artefact != "strange"]
    assert train(rest, role=Role.T2W, target=quality).members == predictor.members


def test_measures_that_say_nothing_do_no_better_than_chance(examples, quality) -> None:
    rng = np.random.default_rng(3)
    made = [type(one)(patient=one.patient, target=one.target, values={"m": rng.normal()}) for one in examples()]
    errors = train(made, role=Role.T2W, target=quality).cross_validated
    assert errors.mae > 0.9 * errors.chance_mae


def test_the_same_seed_gives_the_same_predictor(examples, quality) -> None:
    one, again = (train(examples(), role=Role.ADC, target=quality, seed=4) for _ in range(2))
    assert one.model_copy(update={"created": again.created}) == again


def test_few_examples_make_the_whole_scale_the_interval(examples, quality) -> None:
    predictor = train(examples(patients=5, faults=("noise",)), role=Role.T2W, target=quality, level=0.99)
    assert predictor.half_width == 1.0


@pytest.mark.parametrize("why", ["patients", "same quality", "No measure"])
def test_too_little_to_learn_from_is_refused(examples, quality, why: str) -> None:
    made = examples(patients=4 if why == "patients" else 6)
    change = {"same quality": {"target": 1.0}, "No measure": {"values": {"m": 1.0}}}.get(why, {})
    made = [type(one)(**{**one.__dict__, **change}) for one in made]
    with pytest.raises(UserError, match=why) as caught:
        train(made, role=Role.T2W, target=quality)
    assert caught.value.code == "too_few_cases"


def test_only_a_fault_that_is_there_can_be_held_out(examples, quality) -> None:
    with pytest.raises(UserError) as caught:
        train(examples(), role=Role.T2W, target=quality, hold_out=["zipper"])
    assert caught.value.code == "not_found"
