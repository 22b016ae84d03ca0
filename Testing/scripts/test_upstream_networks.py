"""The comparison finds equal networks equal and a changed one different; the authors' classes are stood in for."""

from __future__ import annotations

import types
from collections.abc import Callable
from types import ModuleType

import pytest
from torch import Tensor, nn

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.rewrites import use_rewrites

SIZE = (16, 32, 32)


@pytest.fixture
def networks(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("upstream_networks")


def the_authors(*, off_by: float = 0.0) -> types.SimpleNamespace:
    """Stand-ins: the published form of our networks, whose outputs may be off by a share of themselves."""

    def made(architecture: str, outputs: int) -> nn.Module:
        model = build(architecture, outputs=outputs, in_channels=3)
        use_rewrites(model, False)
        model.register_forward_hook(lambda _module, _inputs, found: _off(found, off_by))
        return model

    return types.SimpleNamespace(
        convnextv2_tiny=lambda **_: None,
        Classifier=lambda _encoder, classes: made("profound_conv_classifier", classes),
    )


def _off(found: Tensor, share: float) -> Tensor:
    return found * (1.0 + share)


def test_equal_networks_differ_by_rounding_alone(networks: ModuleType) -> None:
    found = networks.classification(the_authors(), SIZE)
    assert found["errors"]["as published"] == 0.0
    assert 0.0 < found["errors"]["rewritten"] < 1e-5
    assert found["input"] == [2, 3, *SIZE]
    assert found["output"]["shape"] == [2, 4]


def test_a_network_that_answers_otherwise_is_found(networks: ModuleType) -> None:
    found = networks.classification(the_authors(off_by=1e-4), SIZE)
    assert all(5e-5 < error < 2e-4 for error in found["errors"].values())
