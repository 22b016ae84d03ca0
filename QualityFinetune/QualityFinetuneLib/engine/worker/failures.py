"""Any exception into the one event that a user is told; a traceback goes to stderr, never into a message box."""

from __future__ import annotations

import errno
import shutil
import sys
import traceback
from pathlib import Path

from ...common.errors import ErrorCode, UserError
from ..protocol.events import Failed

_FULL_BELOW_BYTES = 8 * 1024**2
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")


MEMORY_ERRORS = (MemoryError, RuntimeError)
"""Kinds of errors that `is_out_of_memory` may be true for; torch's own are RuntimeErrors."""


def is_out_of_memory(error: BaseException) -> bool:
    """True for every way in which Python, torch on a CPU, CUDA and MPS say that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def is_disk_full(error: BaseException, folder: Path | None) -> bool:
    """True when a file could not be written for want of room.

    Only Python and safetensors say so; torch and ITK fail with words of their own, so for them the disk is asked.
    """
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return True
    if "no space left" in str(error).lower():
        return True
    if not isinstance(error, RuntimeError) or folder is None or not folder.is_dir():
        return False
    return shutil.disk_usage(folder).free < _FULL_BELOW_BYTES


def as_failed(error: Exception, *, folder: Path | None = None) -> Failed:
    """The event for an error that ended a job which writes into `folder`."""
    if isinstance(error, UserError):
        return Failed(code=error.code, what=error.what, why=error.why, next=error.next)
    traceback.print_exception(error, file=sys.stderr)
    if is_out_of_memory(error):
        return Failed(
            code=ErrorCode.OUT_OF_MEMORY,
            what="The job needs more memory than there is.",
            why="Even the smallest batch and patch did not fit.",
            next="Close other programs, choose a smaller patch or model, or use a machine with more memory.",
        )
    if is_disk_full(error, folder):
        return Failed(
            code=ErrorCode.DISK_FULL,
            what="A file could not be written.",
            why="The disk is full.",
            next="Free some space and start again with resume; nothing already saved was lost.",
        )
    if isinstance(error, ModuleNotFoundError):
        return Failed(
            code=ErrorCode.MISSING_PACKAGE,
            what=f"The engine needs the package {error.name}.",
            why=f"It is not installed in {sys.executable}.",
            next="Install PyTorch and the engine's packages there, or choose another Python in the settings.",
        )
    return Failed(
        code=ErrorCode.INTERNAL,
        what="The job stopped because of a fault in the software.",
        why=f"{type(error).__name__}: {error}.",
        next="Start it again with resume; if it happens again, report it with the engine's error output.",
    )
