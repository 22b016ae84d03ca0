"""A predicted answer as a file: complete, readable again, and refused when it is something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.answer_file import AnswerFile, Told, read_answer, write_answer

ANSWER = AnswerFile(
    case="case-0001",
    task="pi_rads",
    kind="grades",
    answer={"grade": 4.0},
    words="PI-RADS 4",
    probabilities={"2": 0.1, "3": 0.2, "4": 0.6, "5": 0.1},
)


def test_an_answer_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "predictions" / "case-0001.json"
    write_answer(path, ANSWER)
    assert read_answer(path) == ANSWER
    volume = ANSWER.model_copy(
        update={"kind": "values", "probabilities": None, "told": (Told(key="Volume", name="Volume", unit="ml"),)}
    )
    write_answer(path, volume)
    assert read_answer(path).told[0].unit == "ml"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2}', '{"case": "a", "task": "t", "answer": {}}', "\xff"]
)
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError) as caught:
        read_answer(path)
    assert caught.value.code is ErrorCode.UNREADABLE_FILE
    assert "case.json" in caught.value.what


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent"):
        read_answer(tmp_path / "none.json")
