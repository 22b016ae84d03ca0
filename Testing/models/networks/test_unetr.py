"""The UNETR segmenter against the authors' code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.networks.split import SplitNetwork


@pytest.fixture(scope="module")
def published() -> SplitNetwork:
    model = build("profound_conv_unetr", outputs=1, in_channels=3)
    reference_weights.fill(model)
    return model.eval()


def small(**options: Any) -> SplitNetwork:
    torch.manual_seed(0)
    return build("profound_conv_unetr", outputs=2, in_channels=3, size="test", feature_size=4, **options).eval()


def test_names_and_shapes_are_the_published_ones(published: SplitNetwork, reference: dict[str, Any]) -> None:
    found = {name: list(value.shape) for name, value in published.state_dict().items()}
    assert found == reference["unetr"]["tensors"]
    assert sum(value.numel() for value in published.parameters()) == reference["unetr"]["parameters"]


def test_logits_are_those_of_the_authors_code(
    published: SplitNetwork, reference: dict[str, Any], matches: Callable[..., None]
) -> None:
    facts = reference["unetr"]
    with torch.no_grad():
        matches(published(reference_weights.values("image", tuple(facts["input"]))), facts["output"])


def test_a_finetuned_checkpoint_loads_strictly(test_size: str, tmp_path: Path) -> None:
    saved, model = small(), small()
    reference_weights.fill(saved)
    path = tmp_path / "finetuned.pth"
    torch.save({"model": saved.state_dict()}, path)
    assert not load_pretrained(model, path, strict=True).missing
    images = torch.randn(1, 3, 32, 32, 32)
    with torch.no_grad():
        assert torch.equal(model(images), saved(images))


def test_a_checkpoint_of_the_other_decoder_is_not_predicted_with(test_size: str, tmp_path: Path) -> None:
    path = tmp_path / "upernet.pth"
    other = build("profound_conv", outputs=2, in_channels=3, size=test_size, hidden=8)
    torch.save({"model": other.state_dict()}, path)
    with pytest.raises(UserError, match="another network"):
        load_pretrained(small(), path, strict=True)
    report = load_pretrained(model := small(), path, strict=False)
    assert torch.equal(model.encoder.norm.weight, other.encoder.norm.weight)
    assert any(name.startswith("decoder.") for name in report.missing)


def test_kept_features_lead_to_the_same_logits(test_size: str) -> None:
    model, images = small(), torch.randn(1, 3, 16, 32, 48)
    with torch.no_grad():
        features = model.encode(images)
        assert [tuple(part.shape[2:]) for part in features[:2]] == [(16, 32, 48), (4, 8, 12)]
        assert torch.equal(model.decode(features), model(images))
        assert model(images).shape == (1, 2, 16, 32, 48)


def test_a_size_that_cannot_be_halved_four_times_is_refused(test_size: str) -> None:
    with pytest.raises(ValueError, match="divisible by"):
        small()(torch.zeros(1, 3, 24, 32, 32))
