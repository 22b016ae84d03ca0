"""Files that are either complete or not there: written aside, fsynced, renamed; and their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ErrorCode, UserError


@contextmanager
def complete_or_absent(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success fsync it and rename it over `path`.

    The temporary name keeps every suffix of `path`, because image writers choose the format by it.
    On any error the temporary file is removed and an existing `path` is left as it was.

    Raises:
        UserError: DISK_FULL when the disk has no room left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stem, suffixes = _split(path)
    handle, name = tempfile.mkstemp(prefix=f".{stem}-", suffix=suffixes, dir=path.parent)
    if os.name != "nt":  # mkstemp keeps files to their owner; a study may be shared as its folder allows
        os.fchmod(handle, 0o666 & ~_UMASK)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(
                ErrorCode.DISK_FULL,
                what=f"{path.name} could not be written.",
                why=f"The disk that holds {path.parent} is full.",
                next="Free some space and repeat the step; nothing already saved was lost.",
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text completely or not at all."""
    with complete_or_absent(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_with(path: Path, writer: Callable[[Path], object]) -> None:
    """Let `writer(temporary_path)` produce the file, then put it at `path` in one step."""
    with complete_or_absent(path) as temporary:
        writer(temporary)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inside(folder: Path, relative: str | Path) -> Path:
    """`folder / relative`, resolved, if it lies inside `folder`.

    Raises:
        UserError: BAD_CONFIG when the path would leave the folder (an absolute path, `..`, a link).
    """
    root = folder.resolve()
    target = (root / relative).resolve()
    if not target.is_relative_to(root):
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"The path {relative} is not used.",
            why=f"It leads out of {folder.name}.",
            next="Use a path inside that folder.",
        )
    return target


def _read_umask() -> int:
    """The process's umask. It can be read only by setting it, so it is read once, before any thread writes."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_UMASK = _read_umask()


def _split(path: Path) -> tuple[str, str]:
    for double in (".nii.gz", ".seg.nrrd", ".tar.gz"):
        if path.name.endswith(double):
            return path.name[: -len(double)], double
    return path.stem, path.suffix


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to fsync it; NTFS journals the rename itself.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
