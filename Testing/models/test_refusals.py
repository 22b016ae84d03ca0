from __future__ import annotations

from pathlib import Path

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.models.refusals import DAMAGED, unreadable, wrong


def test_a_refusal_names_the_file_and_what_to_do() -> None:
    error = wrong(Path("folder") / "lesion.pth.tar", DAMAGED)
    assert error.code is ErrorCode.WRONG_CHECKPOINT
    assert error.what.startswith("lesion.pth.tar") and error.next


def test_a_file_that_cannot_be_opened_is_told_with_the_systems_reason() -> None:
    error = unreadable(Path("absent.pth"), FileNotFoundError(2, "No such file or directory"))
    assert error.code is ErrorCode.NO_WEIGHTS and error.why == "No such file or directory."
    assert unreadable(Path("absent.pth"), OSError("odd")).why == "odd."
