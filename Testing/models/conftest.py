"""Fixtures for the networks: small ones, the published one by formula, and facts measured from the authors' code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.cards import ModelCard
from QualityFinetuneLib.models.networks.sizes import ENCODER_SIZES, EncoderSize
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.networks.vit import TRANSFORMER_SIZES, TransformerSize
from QualityFinetuneLib.models.registry import card, weights_path

REFERENCE = Path(__file__).resolve().parents[1] / "fixtures" / "profound_reference.json"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Most networks here are too small for a second thread to be worth waiting for."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """What the authors' code gave for weights and inputs by formula; see scripts/compare_with_upstream.py."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def published_segmenter() -> SplitNetwork:
    """ProFound's segmenter at its published size, weights by formula. Tests leave it as it is."""
    model = build("profound_conv", outputs=1, in_channels=3)
    reference_weights.fill(model)
    return model.eval()


@pytest.fixture
def test_size(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an encoder size of a few thousand parameters, known for the length of one test."""
    monkeypatch.setitem(ENCODER_SIZES, "test", EncoderSize((1, 1, 2, 1), (8, 16, 24, 32)))
    return "test"


@pytest.fixture
def small_vit(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a transformer of two narrow blocks, known for the length of one test."""
    monkeypatch.setitem(TRANSFORMER_SIZES, "test", TransformerSize(48, 2, 4))
    return "test"


@pytest.fixture
def small_segmenter(test_size: str) -> Callable[..., SplitNetwork]:
    """A small ProFound segmenter, in float64, with response normalisations that are not zero."""

    def make(*, outputs: int = 2, **options: Any) -> SplitNetwork:
        model = build("profound_conv", outputs=outputs, in_channels=3, size=test_size, hidden=8, **options)
        reference_weights.fill(model)
        return model.double()

    return make


@pytest.fixture
def small_segresnet() -> Callable[..., SplitNetwork]:
    """A SegResNet of a few thousand parameters."""

    def make(*, outputs: int = 1, in_channels: int = 1, **options: Any) -> SplitNetwork:
        torch.manual_seed(0)
        return build("segresnet_ds", outputs=outputs, in_channels=in_channels, init_filters=8, groups=4, **options)

    return make


@pytest.fixture(scope="session")
def taps() -> ModelCard:
    """The card of `taps_gland`; the test is skipped where its weights are not installed."""
    found = card("taps_gland")
    if weights_path(found) is None:
        pytest.skip("the package lavlab-taps is not installed")
    return found


def largest_relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest difference over the largest expected value."""
    assert found.shape == expected.shape
    return ((found - expected).abs().max() / expected.abs().max()).item()


@pytest.fixture(scope="session")
def relative() -> Callable[[torch.Tensor, torch.Tensor], float]:
    return largest_relative


@pytest.fixture(scope="session")
def matches() -> Callable[[torch.Tensor, dict[str, Any]], None]:
    """Assert that a tensor is the one that a summary in the reference describes, to 1e-5 of its largest value."""

    def check(found: torch.Tensor, summary: dict[str, Any], *, tolerance: float = 1e-5) -> None:
        flat = found.detach().flatten()
        allowed = tolerance * summary["largest"]
        assert list(found.shape) == summary["shape"]
        assert flat.double().mean().item() == pytest.approx(summary["mean"], abs=allowed)
        assert flat.double().std().item() == pytest.approx(summary["std"], abs=allowed)
        for place, value in summary["samples"]:
            assert flat[place].item() == pytest.approx(value, abs=allowed)

    return check
