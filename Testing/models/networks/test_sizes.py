from __future__ import annotations

from typing import Any

import pytest
import torch

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.convnextv2 import ConvNeXtV2
from QualityFinetuneLib.models.networks.sizes import ENCODER_SIZES


def expected_parameters(depths: tuple[int, ...], dims: tuple[int, ...]) -> int:
    """Counted by hand from the architecture, three image channels."""
    total = 3 * dims[0] * 4**3 + dims[0] + 2 * dims[0]
    for before, after, taps in zip(dims[:-1], dims[1:], (8, 8, 1), strict=True):
        total += 2 * before + before * after * taps + after
    for depth, c in zip(depths, dims, strict=True):
        total += depth * ((343 * c + c) + 2 * c + (4 * c * c + 4 * c) + 8 * c + (4 * c * c + c))
    return total + 2 * dims[-1]


@pytest.mark.parametrize("name", ENCODER_SIZES)
def test_each_size_has_the_parameters_that_its_table_implies(name: str) -> None:
    with torch.device("meta"):
        encoder = ConvNeXtV2(size=name)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == expected_parameters(*ENCODER_SIZES[name])


def test_sizes_are_listed_from_small_to_large() -> None:
    counts = [expected_parameters(*size) for size in ENCODER_SIZES.values()]
    assert counts == sorted(counts)


def test_sizes_are_those_of_the_authors_code(reference: dict[str, Any]) -> None:
    assert {name: [list(part) for part in size] for name, size in ENCODER_SIZES.items()} == reference["encoder_sizes"]


@pytest.mark.parametrize("name", ENCODER_SIZES)
def test_each_network_of_the_family_can_be_built_in_each_size(name: str) -> None:
    for architecture in ("profound_conv", "profound_conv_unetr", "profound_conv_fpn", "profound_conv_classifier"):
        with torch.device("meta"):
            model = build(architecture, outputs=2, in_channels=3, size=name)
        assert model.encoder.dims == ENCODER_SIZES[name].dims
