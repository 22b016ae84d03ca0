"""Named tensors out of a file that may be anything: no code in it is run, and each wrong kind is told apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of
from .formats.torch_file import DAMAGE, torch_state
from .refusals import DAMAGED, unreadable, wrong
from .wheels import member_of

Format = Literal["torch", "safetensors", "onnx"]


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Named tensors of one file.

    Attributes:
        tensors: by parameter name as in the file, without a leading `module.`.
        source: the file, and the member in it for a wheel.
        sha256: of the content that holds the tensors.
        format: how they were stored.
    """

    tensors: dict[str, Tensor]
    source: str
    sha256: str
    format: Format


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
        content = member_of(path, member) if path.suffix == ".whl" else None
        found = sha256_of(path) if content is None else hashlib.sha256(content).hexdigest()
        head = _head(path) if content is None else content[:512]
    except OSError as error:
        raise unreadable(path, error) from error
    source = str(path) if content is None else f"{path}:{member}"
    if sha256 is not None and found != sha256:
        raise UserError(
            ErrorCode.HASH_MISMATCH,
            what=f"{source} is not the file that the model card describes.",
            why=f"Its SHA-256 begins with {found[:12]} instead of {sha256[:12]}.",
            next="Install or download the version that the card names.",
        )
    _refuse_by_head(head, path)
    stored: Format
    if content is not None or path.suffix == ".onnx":
        stored, tensors = "onnx", _onnx_state(content or path.read_bytes(), path)
    elif path.suffix == ".safetensors" or head[8:9] == b"{":
        stored, tensors = "safetensors", _safetensors_state(path)
    else:
        stored, tensors = "torch", torch_state(path)
    return Checkpoint(tensors=_sound(tensors, path), source=source, sha256=found, format=stored)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _refuse_by_head(head: bytes, path: Path) -> None:
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


def _onnx_state(content: bytes, path: Path) -> dict[str, Tensor]:
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


def _safetensors_state(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except DAMAGE as error:
        raise wrong(path, DAMAGED) from error


def _sound(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The tensors, once each is known to be plain and finite."""
    if not tensors:
        raise wrong(path, "It holds no weights.")
    for name, value in tensors.items():
        if value.layout is not torch.strided or value.is_quantized or value.is_complex() or value.is_meta:
            raise wrong(path, f"Its weights {name} are stored in a way that networks here do not use.")
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise wrong(path, f"Its weights {name} hold values that are not numbers.")
    prefix = "module."  # put there by data-parallel training
    if all(name.startswith(prefix) for name in tensors):
        return {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors
