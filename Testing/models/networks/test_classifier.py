from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.models.build import build


@pytest.mark.parametrize("rewrite", [True, False])
def test_it_is_the_authors_classifier(reference: dict[str, Any], matches: Callable[..., None], rewrite: bool) -> None:
    facts = reference["classification"]
    model = build("profound_conv_classifier", outputs=4, in_channels=3, rewrite=rewrite)
    reference_weights.fill(model)
    assert {name: list(value.shape) for name, value in model.state_dict().items()} == facts["tensors"]
    with torch.no_grad():
        logits = model.eval()(reference_weights.values("image", tuple(facts["input"])))
    matches(logits, facts["output"])


def test_its_feature_is_one_vector_an_exam(test_size: str) -> None:
    model = build("profound_conv_classifier", outputs=2, in_channels=3, size=test_size).eval()
    with torch.no_grad():
        (vector,) = model.encode(torch.randn(2, 3, 16, 16, 16))
    assert vector.shape == (2, 32)


def test_an_answer_for_an_exam_can_start_from_the_gland_model() -> None:
    gland = build("segresnet_ds", outputs=1, in_channels=1, init_filters=8).eval()
    model = build("segresnet_classifier", outputs=3, in_channels=1, init_filters=8, answer="grades").eval()
    model.encoder.load_state_dict(gland.encoder.state_dict(), strict=True)
    images = torch.randn(2, 1, 16, 16, 16)
    with torch.no_grad():
        (vector,) = model.encode(images)
        torch.testing.assert_close(vector, gland.encode(images)[-1].flatten(2).mean(2))
    with pytest.raises(ValueError, match="divisible"):
        model(torch.zeros(2, 1, 12, 16, 16))


def test_the_head_for_labels_has_the_published_names_too(test_size: str) -> None:
    classes, labels = (
        build("profound_conv_classifier", outputs=4, in_channels=3, size=test_size, answer=answer)
        for answer in ("classes", "labels")
    )
    assert classes.state_dict().keys() == labels.state_dict().keys()
