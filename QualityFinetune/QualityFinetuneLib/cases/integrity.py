"""Whether a volume file is whole. ITK fills what a cut-off NIfTI file lacks with nothing, and does not tell."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..common.errors import ErrorCode, UserError

CHUNK = 1 << 20

SLACK = 1 << 20
"""Bytes that may follow the voxels, such as padding; what goes on beyond is not read."""


@contextmanager
def plain_nifti(path: Path, voxel_bytes: int, offset: int) -> Iterator[Path]:
    """A whole, uncompressed NIfTI file with the content of `path`, for as long as the context lasts.

    A compressed file is unpacked into a temporary folder of its own. The NIfTI library looks for the voxels of
    `t2w.nii.gz` in a `t2w.nii` beside it first, so reading it in place could give another file's voxels.

    Args:
        path: a .nii or .nii.gz file.
        voxel_bytes: how many bytes of voxels the header announces.
        offset: where in the unpacked file they begin.

    Raises:
        UserError: UNREADABLE_FILE when bytes are missing or the compression is damaged.
    """
    needed = offset + voxel_bytes
    if not path.name.lower().endswith(".gz"):
        if path.stat().st_size < needed:
            raise _cut_off(path, needed - path.stat().st_size, needed)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="qualityfinetune-") as folder:
        plain = Path(folder) / "volume.nii"
        with path.open("rb") as packed, plain.open("wb") as unpacked:
            written = _unpack(path, packed, needed + SLACK, unpacked)
        if written < needed:
            raise _cut_off(path, needed - written, needed)
        yield plain


def require_whole_nrrd(path: Path) -> None:
    """Check the checksum of a gzip-compressed NRRD file, which ITK does not.

    Raises:
        UserError: UNREADABLE_FILE when it does not fit the voxels.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
        end = head.find(b"\n\n")
        lines = [line.lower().replace(b" ", b"") for line in head[: max(end, 0)].splitlines()]
        detached = any(line.startswith((b"datafile:", b"data file:")) for line in lines)
        if detached or not any(line in (b"encoding:gzip", b"encoding:gz") for line in lines):
            return
        file.seek(end + 2)
        _unpack(path, file, 1 << 40, None)


def _unpack(path: Path, packed: BinaryIO, limit: int, target: BinaryIO | None) -> int:
    """Unpack up to `limit` bytes; how many there were. Reaching the end checks the checksum."""
    written = 0
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            while written < limit and (chunk := stream.read(min(CHUNK, limit - written))):
                written += len(chunk)
                if target is not None:
                    target.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path.name} could not be read.",
            why=f"Its compressed content is damaged or cut off ({str(error).rstrip('.')}).",
            next="Copy or export the file again.",
        ) from error
    return written


def _cut_off(path: Path, missing: int, needed: int) -> UserError:
    return UserError(
        ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} could not be read.",
        why=f"It is cut off: {missing} of {needed} bytes are missing.",
        next="Copy or export the file again.",
    )
