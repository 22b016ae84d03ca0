from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import predictor_training
from QualityFinetuneLib.workflow.exams import exams_at
from QualityFinetuneLib.workflow.predictor_training import (
    LEARNED,
    examples_from_faults,
    examples_from_readings,
    kinds_for,
    values_of,
)


def test_each_fault_at_each_severity_and_the_series_as_it_is(cohort: Path) -> None:
    exams = exams_at(cohort)[0][:1]
    told: list[int] = []
    made = examples_from_faults(
        exams,
        role=Role.T2W,
        kinds=["noise", "ghosting"],
        severities=(0.5, 1.0),
        progress=lambda n, *_: told.append(n),
    )
    assert [(one.artefact, one.target) for one in made.examples[:5]] == [
        ("none", 1.0),
        ("noise", 0.5),
        ("noise", 0.0),
        ("ghosting", 0.5),
        ("ghosting", 0.0),
    ]
    assert {one.patient for one in made.examples} == {one.patient for one in exams}
    assert told == [0, 1]
    values = values_of(exams[0], Role.T2W)
    assert dict(made.examples[0].values) == values
    assert "noise_local" not in LEARNED and set(values or {}) == set(LEARNED)


def test_adc_is_fitted_again_from_degraded_diffusion(cohort: Path) -> None:
    exam = exams_at(cohort)[0][0]
    made = examples_from_faults([exam], role=Role.ADC, kinds=["adc_noise"], severities=(1.0,))
    clean, noisy = (one.values["gland_adc_implausible"] for one in made.examples)
    assert clean is not None and noisy is not None and noisy > clean


def test_an_exam_without_the_role_is_left_out(cohort: Path) -> None:
    exam = exams_at(cohort / "Simulated-0001" / "adc.nrrd")[0][0]
    made = examples_from_faults([exam], role=Role.T2W, kinds=["noise"])
    assert made.examples == () and "no t2w series" in made.left_out[0]
    assert values_of(exam, Role.T2W) is None


@pytest.mark.parametrize(("kind", "role"), [("beauty", Role.T2W), ("n2_ghost", Role.T2W), ("motion", Role.ADC)])
def test_a_fault_that_does_nothing_to_the_role_is_refused(kind: str, role: Role) -> None:
    with pytest.raises(UserError) as caught:
        examples_from_faults([], role=role, kinds=[kind])
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("role", [Role.T2W, Role.ADC, Role.HBV])
def test_what_is_simulated_by_default_suits_the_role_and_holds_one_out(role: Role) -> None:
    kinds, held_out = kinds_for(role)
    assert set(held_out) < set(kinds)
    assert examples_from_faults([], role=role).examples == ()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor_training, "LEARNED", ("sharpness",))


@pytest.mark.usefixtures("quick")
def test_readings_give_the_visual_score_of_the_sequence(rated: Study) -> None:
    made = examples_from_readings(rated, role=Role.T2W)
    assert (made.target.kind, made.target.name, made.target.low, made.target.high) == ("reading", "t2w_visual", 0, 4)
    assert [one.target for one in made.examples] == [4, 4, 4, 0, 0, 0]
    assert examples_from_readings(rated, role=Role.ADC, score="exam").target.name == "exam"


@pytest.mark.usefixtures("quick")
def test_several_readers_give_their_mean(rated: Study, rate) -> None:
    rate(rated.cases.all()[0], high=False, reader="Reader B")
    assert examples_from_readings(rated, role=Role.T2W).examples[0].target == 2.0


def test_a_score_that_the_form_does_not_have_is_refused(study: Study) -> None:
    with pytest.raises(UserError, match="t2w_visual"):
        examples_from_readings(study, role=Role.T2W, score="beauty")
