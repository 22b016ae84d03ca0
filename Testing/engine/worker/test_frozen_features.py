"""A frozen encoder's features are keyed by its weights, and give the network's own output."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.engine.worker.frozen_features import forward_of, frozen_features
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")
IMAGES = torch.randn(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return build("segresnet_ds", outputs=2, in_channels=1, init_filters=8).eval()


@torch.no_grad()
def test_the_output_through_the_cache_is_the_networks_but_for_rounding_to_bf16(model, tmp_path: Path) -> None:
    features = frozen_features(model, tmp_path, device=CPU, precision="fp32")
    plain, cached = forward_of(model, None)(IMAGES), forward_of(model, features)(IMAGES)
    assert features.misses == 1
    torch.testing.assert_close(cached, plain, rtol=0.05, atol=0.05)
    assert torch.equal(forward_of(model, features)(IMAGES), cached) and features.hits == 1


@torch.no_grad()
def test_another_encoder_or_number_format_shares_nothing(model, tmp_path: Path) -> None:
    frozen_features(model, tmp_path, device=CPU, precision="fp32").encode(IMAGES)
    same = frozen_features(model, tmp_path, device=CPU, precision="fp32")
    same.encode(IMAGES)
    other = frozen_features(model, tmp_path, device=CPU, precision="bf16")
    other.encode(IMAGES)
    next(model.encoder.parameters()).add_(1.0)
    changed = frozen_features(model, tmp_path, device=CPU, precision="fp32")
    changed.encode(IMAGES)
    assert (same.hits, other.hits, changed.hits) == (1, 0, 0)
