"""Failures in the user's terms."""

from __future__ import annotations

import json
import re

from QualityFinetuneLib.common.errors import ErrorCode, UserError


def test_a_failure_has_a_code_and_three_sentences() -> None:
    error = UserError(ErrorCode.BAD_GEOMETRY, what="What.", why="Why.", next="Next.")
    assert error.as_dict() == {"code": "bad_geometry", "what": "What.", "why": "Why.", "next": "Next."}
    assert str(error) == "What. Why. Next."
    assert json.loads(json.dumps(error.as_dict()))["code"] == error.code


def test_codes_are_stable_words_for_scripts() -> None:
    values = [code.value for code in ErrorCode]
    assert len(set(values)) == len(values)
    assert all(re.fullmatch(r"[a-z_]+", value) for value in values)
    assert {"unreadable_file", "bad_geometry", "out_of_memory", "disk_full", "no_weights"} <= set(values)
