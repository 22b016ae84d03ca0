from __future__ import annotations

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.models.cards import ModelCard, Postprocessing, outputs_for
from QualityFinetuneLib.models.registry import card


@pytest.mark.parametrize(("labels", "outputs"), [(1, 1), (2, 3), (8, 9)])
def test_one_label_has_one_output_and_several_have_one_for_background_too(labels: int, outputs: int) -> None:
    assert outputs_for(labels) == outputs


def test_a_card_refuses_a_key_it_does_not_know() -> None:
    values = card("taps_gland").model_dump() | {"licens": "MIT"}
    with pytest.raises(ValidationError, match="licens"):
        ModelCard.model_validate(values)


@pytest.mark.parametrize("name", ["outputs", "in_channels", "architecture"])
def test_what_is_stated_apart_is_refused_among_the_options(name: str) -> None:
    values = card("taps_gland").model_dump() | {"options": {name: 3}}
    with pytest.raises(ValidationError, match="stated apart"):
        ModelCard.model_validate(values)


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"threshold": 1.0}, {"logit_blur_sigma_voxels": -1}])
def test_postprocessing_refuses_numbers_without_meaning(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Postprocessing.model_validate(wrong)
