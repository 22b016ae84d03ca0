from __future__ import annotations

from typing import Any

import pytest
from monai.networks.nets.segresnet_ds import SegResNetDS

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.formats.auto3dseg import NotOursError, network_description, network_options


def described(**changes: Any) -> dict[str, Any]:
    return {
        "_target_": "monai.networks.nets.SegResNetDS",
        "init_filters": 8,
        "in_channels": 1,
        "out_channels": 2,
    } | changes


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"norm": ["GROUP", {"num_groups": 4}], "act": ["MISH", {"inplace": False}], "dsdepth": 3},
        {"norm": "INSTANCE", "blocks_down": [1, 2, 2, 2, 2], "dsdepth": 4},
        {"norm": "BATCH", "blocks_down": [1, 1], "resolution": [1.0, 1.0, 4.0]},
    ],
)
def test_the_network_here_has_the_names_and_shapes_of_theirs(settings: dict[str, Any]) -> None:
    description = described(**settings)
    theirs = SegResNetDS(**{name: value for name, value in description.items() if name != "_target_"})
    ours = build("segresnet_ds", outputs=2, in_channels=1, **network_options(description))
    shapes = {name: value.shape for name, value in theirs.state_dict().items()}
    assert {name: value.shape for name, value in ours.state_dict().items()} == shapes
    assert list(ours.size_factor) == [int(factor) for factor in theirs.shape_factor()]
    again = network_options(network_description(ours))
    assert build("segresnet_ds", outputs=2, in_channels=1, **again).state_dict().keys() == shapes.keys()


def test_a_faster_kernel_of_the_same_normalisation_is_the_same_network() -> None:
    assert network_options(described(norm="INSTANCE_NVFUSER")) == network_options(described(norm="INSTANCE"))


@pytest.mark.parametrize(
    "changes", [{"_target_": "DiNTS"}, {"spatial_dims": 2}, {"norm": "layer"}, {"blocks_up": [2]}]
)
def test_what_is_not_built_here_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotOursError):
        network_options(described(**changes))
