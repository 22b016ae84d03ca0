"""Encoders pretrained with sparse convolutions (ProFound's masked autoencoder), turned into dense ones."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

DROPPED = ("decoder", "mask_token", "proj", "pred")
"""Parts of the autoencoder that are not the encoder, by what their names contain."""

WRAPPERS = ("ln", "linear")
"""Path parts that sparse layers put around the dense layer they hold."""


def is_sparse(state: Mapping[str, Tensor]) -> bool:
    """True for a masked autoencoder's checkpoint or its encoder's."""
    return any(name.endswith(".kernel") or name == "mask_token" for name in state)


def dense_encoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder of a sparse checkpoint under the names and in the shapes of `ConvNeXtV2`.

    The rules are those with which the published checkpoints are to be read: sparse kernels list their taps along the
    first axis with depth running fastest, pointwise ones have no such axis, and biases and the response
    normalisation carry one leading axis.

    Raises:
        ValueError: for a kernel that is no cube.
    """
    dense = {}
    for name, value in state.items():
        if any(part in name for part in DROPPED):
            continue
        path = name.split(".")
        if name.startswith("encoder"):
            path = path[1:]
        if path[-1] == "kernel":
            path[-1] = "weight"
            value = _dense_kernel(value, pointwise=path[0] == "downsample_layers")
        elif len(path) > 1 and path[-2] in WRAPPERS:
            del path[-2]
        if path[-1] == "bias":
            value = value.reshape(-1)
        elif "grn" in path and value.ndim < 5:
            value = value.reshape(1, 1, 1, 1, -1)
        dense[".".join(path)] = value
    return dense


def _dense_kernel(kernel: Tensor, *, pointwise: bool) -> Tensor:
    """Dense kernel (out, in, k, k, k) from (taps, in, out), depthwise from (taps, out), pointwise from (in, out)."""
    if kernel.ndim == 2 and pointwise:
        return kernel.T[:, :, None, None, None]
    spread = kernel.T[:, None] if kernel.ndim == 2 else kernel.permute(2, 1, 0)
    taps = spread.shape[-1]
    side = round(taps ** (1 / 3))
    if side**3 != taps:
        raise ValueError(f"a kernel of {taps} taps is no cube")
    return spread.unflatten(-1, (side, side, side)).transpose(-1, -3)
