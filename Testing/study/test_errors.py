from __future__ import annotations

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.study.errors import bad_values, not_found


def test_a_missing_record_is_told_in_whole_sentences() -> None:
    error = not_found("case", "A 7")
    assert error.code is ErrorCode.NOT_FOUND
    assert error.what == "There is no case A 7 in this study."
    assert all(part.endswith(".") for part in (error.what, error.why, error.next))


def test_bad_values_keep_their_three_sentences() -> None:
    error = bad_values("What.", "Why.", "Next.")
    assert error.as_dict() == {"code": "bad_values", "what": "What.", "why": "Why.", "next": "Next."}
