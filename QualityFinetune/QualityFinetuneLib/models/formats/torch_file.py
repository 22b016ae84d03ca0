"""Named tensors out of a file that torch wrote, without running what else it may hold."""

from __future__ import annotations

import argparse
import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from ..refusals import DAMAGED, wrong

STATE_KEYS = ("model", "state_dict")
"""Entries under which training scripts keep the weights beside other things."""

DAMAGE = (
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    OSError,
    struct.error,
    SafetensorError,
)
"""What readers raise on bytes that are not theirs."""

_CODE = re.compile(r"unsupported (?:global|class)", re.IGNORECASE)
"""What torch says of a pickle that asks for more than data."""


def torch_state(path: Path) -> dict[str, Tensor]:
    """The weights, wherever the file keeps them.

    Raises:
        UserError: WRONG_CHECKPOINT.
    """
    return _weights_of(torch_content(path), path)


def torch_content(path: Path) -> object:
    """What the file holds, made of plain values and tensors alone.

    Raises:
        UserError: WRONG_CHECKPOINT.
    """
    try:
        # The training scripts of ProFound keep their command-line arguments beside the weights. A Namespace only
        # holds values, so it may be rebuilt; anything else that is not data stays forbidden.
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on pickle protocols; what matters is raised
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if _CODE.search(str(error)):
            raise wrong(
                path,
                "It holds program code or objects besides weights, which are never loaded.",
                'Ask its author for the weights alone, saved with torch.save({"model": model.state_dict()}, path).',
            ) from error
        raise wrong(path, DAMAGED) from error
    except DAMAGE as error:
        raise wrong(path, DAMAGED) from error


def _weights_of(loaded: object, path: Path) -> dict[str, Tensor]:
    if isinstance(loaded, Mapping):
        loaded = next((loaded[key] for key in STATE_KEYS if isinstance(loaded.get(key), Mapping)), loaded)
    if not isinstance(loaded, Mapping):
        raise wrong(path, f"It holds a {type(loaded).__name__} instead of named weights.")
    for name, value in loaded.items():
        if not (isinstance(name, str) and isinstance(value, Tensor)):
            raise wrong(path, f"Its entry {name!r} is no weight.")
    return dict(loaded)
