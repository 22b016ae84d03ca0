from __future__ import annotations

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study


def test_a_reader_is_added_once(study: Study) -> None:
    first = study.readers.ensure("Reader A")
    assert study.readers.ensure("  Reader   A ") == first
    second = study.readers.ensure("Reader B")
    assert study.readers.all() == [first, second]
    assert study.readers.get(second.id) == second


def test_a_reader_needs_a_name(study: Study) -> None:
    with pytest.raises(UserError) as told:
        study.readers.ensure(" \t")
    assert told.value.code is ErrorCode.BAD_VALUES


def test_an_unknown_reader_is_told(study: Study) -> None:
    with pytest.raises(UserError) as told:
        study.readers.get(3)
    assert told.value.code is ErrorCode.NOT_FOUND


def test_a_reader_that_another_program_added_meanwhile_is_taken(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = study.readers.ensure("Reader A")
    look = study.readers._by_name
    answers = iter([lambda _: None, look])
    monkeypatch.setattr(study.readers, "_by_name", lambda name: next(answers)(name))
    assert study.readers.ensure("Reader A") == known
