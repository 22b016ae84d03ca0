"""A question about exams takes the encoder of whatever network it is asked of."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.build import ARCHITECTURES, build
from QualityFinetuneLib.models.exam_networks import exam_network_of, for_exams
from QualityFinetuneLib.models.networks.heads import ExamNorm
from QualityFinetuneLib.models.registry import cards

PI_RADS = load_task("pi_rads")


def test_every_packaged_card_can_answer_for_exams() -> None:
    for card in cards():
        found = for_exams(card, PI_RADS)
        assert found.predicts == "classification" and found.whole_volume
        assert found.options["answer"] == "grades"
        assert (found.inputs, found.spacing_mm, found.patch) == (card.inputs, card.spacing_mm, card.patch)
        assert found.architecture in ARCHITECTURES


@pytest.mark.parametrize("architecture", ["profound_conv", "profound_conv_fpn", "segresnet_ds"])
def test_the_encoder_is_the_same_parameter_by_parameter(architecture: str) -> None:
    options: dict[str, bool | int | float | str] = (
        {"init_filters": 8} if architecture == "segresnet_ds" else {"size": "atto"}
    )
    sibling, kept = exam_network_of(architecture, options, answer="classes")
    first = build(architecture, outputs=3, in_channels=3, **options).encoder.state_dict()  # type: ignore[arg-type]
    second = build(sibling, outputs=4, in_channels=3, **kept).encoder.state_dict()  # type: ignore[arg-type]
    shapes = {name: value.shape for name, value in first.items()}
    assert {name: shapes.get(name) for name in second} == {name: value.shape for name, value in second.items()}


def test_a_network_for_exams_keeps_its_head() -> None:
    options: dict[str, bool | int | float | str] = {"size": "atto", "hidden": 64, "answer": "classes"}
    assert exam_network_of("profound_conv_classifier", options, answer="classes") == (
        "profound_conv_classifier",
        options,
    )


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        exam_network_of("unet", {}, answer="classes")
    assert caught.value.code is ErrorCode.BAD_JOB


def test_one_exam_is_normalised_by_what_was_seen_and_changes_nothing() -> None:
    torch.manual_seed(0)
    norm, published = ExamNorm(6), torch.nn.BatchNorm1d(6)
    several, one = torch.randn(5, 6), torch.randn(1, 6)
    assert torch.equal(norm(several), published(several))
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    shown = norm(one)
    assert all(torch.equal(before[name], value) for name, value in norm.state_dict().items())
    assert torch.equal(shown, published.eval()(one))
    assert list(norm.state_dict()) == list(published.state_dict())
