"""Every exception becomes one typed event."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors import SafetensorError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.worker.failures import as_failed, is_out_of_memory


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError(ErrorCode.BAD_LABEL, what="A.", why="B.", next="C."), ErrorCode.BAD_LABEL),
        (MemoryError(), ErrorCode.OUT_OF_MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory."), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("MPS backend out of memory"), ErrorCode.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), ErrorCode.DISK_FULL),
        (ModuleNotFoundError("No module named 'monai'", name="monai"), ErrorCode.MISSING_PACKAGE),
        (RuntimeError("shape mismatch"), ErrorCode.INTERNAL),
        (KeyError("x"), ErrorCode.INTERNAL),
    ],
)
def test_each_error_has_its_code_and_three_sentences(error: Exception, code: ErrorCode) -> None:
    failed = as_failed(error)
    assert failed.code is code
    assert all(sentence.endswith(".") for sentence in (failed.what, failed.why, failed.next))


def test_a_real_allocation_that_is_too_large_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("error", "free", "full"),
    [
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"), 0, True),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"), 10**9, False),
        (SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"), 10**9, True),
        (KeyError("x"), 0, False),
    ],
)
def test_a_full_disk_is_recognised_whoever_tried_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, free: int, full: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(10**9, 0, free))
    assert (as_failed(error, folder=tmp_path).code is ErrorCode.DISK_FULL) == full


def test_the_traceback_goes_to_stderr_and_not_into_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        failed = as_failed(error)
    assert "Traceback" in capsys.readouterr().err
    assert "Traceback" not in failed.why and "odd" in failed.why
