"""The description of a network in MONAI's Auto3DSeg, from and to options of `networks.segresnet.SegResNet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monai.networks.layers.factories import split_args

from ..networks.segresnet import SegResNet

ZSCORE = ("meanstd", "mri")
"""Names of the intensity normalisation that networks here use: z-score over non-zero voxels, each channel alone."""


class NotOursError(ValueError):
    """The description asks for something that networks here do not do; the text says what."""


def network_options(network: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Options of the `SegResNet` that fits the weights.

    Raises:
        NotOursError: for another network, or a variant of this one that is not built here.
    """
    target = str(network.get("_target_", "")).rsplit(".", 1)[-1]
    if target != "SegResNetDS":
        raise NotOursError(f"its network is {target or 'not named'} and not SegResNetDS")
    known = {"_target_", "spatial_dims", "init_filters", "in_channels", "out_channels", "act", "norm", "blocks_down"}
    known |= {"dsdepth", "resolution"}
    extra = sorted(name for name, value in network.items() if name not in known and value is not None)
    if extra or network.get("spatial_dims", 3) != 3:
        raise NotOursError(f"its network sets {extra[0] if extra else 'spatial_dims'}, which is not supported")
    norm, settings = _named(network.get("norm", "batch"))
    norm = norm.removesuffix("_nvfuser")  # the same numbers by another kernel
    act, _ = _named(network.get("act", "relu"))
    if norm not in ("group", "instance", "batch") or act not in ("mish", "relu"):
        raise NotOursError(f"its network uses {norm} and {act}")
    depth = int(network.get("dsdepth", 1))
    options: dict[str, bool | int | float | str] = {
        "init_filters": int(network.get("init_filters", 32)),
        "blocks": ",".join(str(int(count)) for count in network.get("blocks_down", (1, 2, 2, 4))),
        "norm": norm,
        "act": act,
        "deep_supervision": depth > 1,
        "levels": depth if depth > 1 else 0,
    }
    if norm == "group":
        options["groups"] = int(settings.get("num_groups", 8))
    if network.get("resolution"):
        options["resolution"] = ",".join(str(float(spacing)) for spacing in network["resolution"])
    return options


def network_description(model: SegResNet) -> dict[str, Any]:
    """What Auto3DSeg needs to build the same network: plain values alone."""
    norm, settings = split_args(model.norm)
    act, act_settings = split_args(model.act)
    description: dict[str, Any] = {
        "_target_": "SegResNetDS",
        "init_filters": model.init_filters,
        "in_channels": model.in_channels,
        "out_channels": model.out_channels,
        "act": [act, dict(act_settings)],
        "norm": [norm, dict(settings)],
        "blocks_down": list(model.blocks_down),
        "dsdepth": model.dsdepth,
    }
    if model.resolution is not None:
        description["resolution"] = list(model.resolution)
    return description


def _named(choice: Any) -> tuple[str, Mapping[str, Any]]:
    """A layer's name in small letters and its settings, from `NAME` or `[NAME, {...}]`."""
    if isinstance(choice, str):
        return choice.lower(), {}
    name, settings = choice
    return str(name).lower(), settings
