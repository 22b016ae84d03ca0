"""Weights inside a Python package's wheel, read without installing or unpacking it."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path, PurePosixPath

from .cards import WeightsSource
from .refusals import wrong
from .registry import cards

LARGEST_MEMBER = 4 * 1024**3
"""Bytes up to which a member is unpacked."""

_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error)
"""What zipfile raises on an archive that is cut off, damaged or encrypted."""


def member_of(wheel: Path, member: str | None) -> bytes:
    """Content of one file in a wheel.

    Raises:
        UserError: WRONG_CHECKPOINT.
        OSError: when the wheel cannot be opened.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            if member is None:
                raise wrong(wheel, "A wheel serves only a model whose card says which file in it holds the weights.")
            path = PurePosixPath(member)
            if path.is_absolute() or ".." in path.parts:
                raise wrong(wheel, f"The path {member} leads out of it.")
            if archive.getinfo(member).file_size > LARGEST_MEMBER:
                raise wrong(wheel, f"Its file {member} is larger than weights can be.")
            return archive.read(member)
    except KeyError as error:
        raise wrong(wheel, f"It holds no file {member}.") from error
    except _BROKEN as error:
        raise wrong(wheel, "It is not a complete wheel.") from error


def weights_in(wheel: Path) -> WeightsSource:
    """What the registry knows of the weights in a wheel.

    Raises:
        UserError: WRONG_CHECKPOINT.
        OSError: when the wheel cannot be opened.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = set(archive.namelist())
    except _BROKEN as error:
        raise wrong(wheel, "It is not a complete wheel.") from error
    for known in cards():
        if known.weights.member in members:
            return known.weights
    raise wrong(wheel, "It holds no weights that a model of the registry uses.")
