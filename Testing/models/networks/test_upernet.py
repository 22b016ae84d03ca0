"""The segmenter against the authors' code; its two forms against each other are in test_rewrites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.models.networks.rewrites import use_rewrites
from QualityFinetuneLib.models.networks.split import SplitNetwork


def test_names_and_shapes_are_the_published_ones(
    published_segmenter: SplitNetwork, reference: dict[str, Any]
) -> None:
    found = {name: list(value.shape) for name, value in published_segmenter.state_dict().items()}
    assert found == reference["segmentation"]["tensors"]


@pytest.mark.parametrize("rewrite", [True, False])
def test_logits_are_those_of_the_authors_code(
    published_segmenter: SplitNetwork, reference: dict[str, Any], matches: Callable[..., None], rewrite: bool
) -> None:
    facts = reference["segmentation"]
    use_rewrites(published_segmenter, rewrite)
    with torch.no_grad():
        logits = published_segmenter.eval()(reference_weights.values("image", tuple(facts["input"])))
    matches(logits, facts["output"])


@pytest.mark.slow
def test_gradients_are_those_of_the_authors_code(
    published_segmenter: SplitNetwork, reference: dict[str, Any], matches: Callable[..., None]
) -> None:
    facts = reference["segmentation"]
    probed = {name: published_segmenter.get_parameter(name) for name in facts["gradients"]}
    use_rewrites(published_segmenter, True)
    outputs = published_segmenter.train()(reference_weights.values("image", tuple(facts["input"])))
    matches(outputs[1], facts["auxiliary"])
    loss = sum(
        (output * reference_weights.values(f"probe {n}", tuple(output.shape))).sum()
        for n, output in enumerate(outputs)
    )
    for gradient, name in zip(torch.autograd.grad(loss, list(probed.values())), probed, strict=True):
        matches(gradient, facts["gradients"][name])
    published_segmenter.eval()


def test_training_gives_a_second_output_with_its_weight(small_segmenter: Callable[..., SplitNetwork]) -> None:
    model = small_segmenter(outputs=3)
    images = torch.randn(1, 3, 16, 32, 32, dtype=torch.float64)
    outputs = model.train()(images)
    assert [tuple(output.shape) for output in outputs] == [(1, 3, 16, 32, 32)] * 2
    assert model.supervision_weights == (1.0, 0.4)
    assert isinstance(model.eval()(images), torch.Tensor)


def test_the_second_output_can_be_left_out(small_segmenter: Callable[..., SplitNetwork]) -> None:
    model = small_segmenter(auxiliary_hidden=0)
    assert isinstance(model.train()(torch.randn(1, 3, 16, 16, 16, dtype=torch.float64)), torch.Tensor)
    assert model.supervision_weights == (1.0,)
    assert not any(name.startswith("auxiliary_head") for name in model.state_dict())


def test_an_image_that_four_does_not_divide_gets_logits_of_its_own_size(
    small_segmenter: Callable[..., SplitNetwork],
) -> None:
    model = small_segmenter().eval()
    with torch.no_grad():
        assert model(torch.randn(1, 3, 17, 33, 47, dtype=torch.float64)).shape[2:] == (17, 33, 47)


def test_kept_features_know_the_size_of_the_image(small_segmenter: Callable[..., SplitNetwork]) -> None:
    model = small_segmenter().eval()
    images = torch.randn(1, 3, 16, 32, 48, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(model.decode(model.encode(images)), model(images))
