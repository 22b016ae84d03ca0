"""What all degradations promise: severity or parameters, nothing at 0, a fair message for the rest."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from QualityFinetuneLib.quality.degradations.degradation import one_a_slice
from QualityFinetuneLib.quality.degradations.motion import Motion
from QualityFinetuneLib.quality.degradations.noise import AdcNoise, Noise


def test_severity_gives_the_parameters_and_stated_ones_win() -> None:
    step = Motion(severity=0.5, rotation_deg=0.0)
    assert (step.shift_mm, step.rotation_deg) == (Motion.table["shift_mm"][2], 0.0)


def test_parameters_alone_leave_the_others_as_they_are() -> None:
    step = Motion(shift_mm=2.0)
    assert (step.rotation_deg, step.severity) == (0.0, None)


def test_neither_severity_nor_parameters_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="give a severity from 0 to 1, or shift_mm, rotation_deg"):
        Motion(events=3)


@pytest.mark.parametrize("severity", [-0.1, 1.5, "much", True])
def test_a_severity_lies_between_0_and_1(severity) -> None:
    with pytest.raises(ValidationError):
        Noise(severity=severity)


def test_adc_cannot_be_degraded_by_itself() -> None:
    with pytest.raises(ValidationError, match="adc follows from the diffusion volumes"):
        AdcNoise(severity=0.5, roles=("adc",))


def test_something_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ValidationError):
        Noise.model_validate("noise")


def test_what_happens_to_a_slice_does_not_depend_on_how_many_there_are() -> None:
    few = [rng.uniform() for rng in one_a_slice(np.random.default_rng(4), 3)]
    many = [rng.uniform() for rng in one_a_slice(np.random.default_rng(4), 9)]
    assert many[:3] == few
