from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Case, Reading
from QualityFinetuneLib.study.rows import found, newest
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.study.tables import AdjudicationRow, Base, CaseRow, ModelRow, ReadingRow, RunRow


def test_a_row_is_found_by_its_id(study: Study, new_case: Callable[..., Case]) -> None:
    new_case(study, "A")
    second = new_case(study, "B")
    with study.database.writing() as session:
        assert found(session, CaseRow, second.id, lock=True).name == "B"


@pytest.mark.parametrize(
    ("table", "word"), [(CaseRow, "case"), (RunRow, "run"), (AdjudicationRow, "adjudication"), (ModelRow, "model")]
)
def test_one_that_is_absent_is_told_by_its_word(study: Study, table: type[Base], word: str) -> None:
    with study.database.reading() as session, pytest.raises(UserError) as told:
        found(session, table, 7)
    assert told.value.code is ErrorCode.NOT_FOUND
    assert f"There is no {word} 7 in this study." in str(told.value)


def test_only_what_nothing_supersedes_is_newest(
    study: Study, new_case: Callable[..., Case], new_reading: Callable[..., Reading]
) -> None:
    case = new_case(study, "A")
    _, second = new_reading(study, case), new_reading(study, case)
    other = new_reading(study, case, reader="Reader B")
    with study.database.reading() as session:
        standing = session.scalars(select(ReadingRow.id).where(newest(ReadingRow)).order_by(ReadingRow.id)).all()
    assert list(standing) == [second.id, other.id]
