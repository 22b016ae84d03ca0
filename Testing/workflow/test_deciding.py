"""An adjudication in the making: both readings, what differs, what is decided."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.deciding import Decision
from QualityFinetuneLib.workflow.rating import Rater

DIFFERING = ("t2w_snr", "t2w_structures")


@pytest.fixture
def read_twice(study: Study) -> Study:
    for reader, answer in (("A", True), ("B", False)):
        rater = Rater(study, study.readers.ensure(reader), study.cases.get(2))
        for item in rater.form.items(rater.protocol):
            rater.set(item.id, answer if item.id in DIFFERING else True)
        rater.save()
    return study


def decision(study: Study, reader: str = "C") -> Decision:
    return Decision(study, study.readers.ensure(reader), study.cases.get(2))


def test_it_starts_from_what_the_readings_agree_on(read_twice: Study) -> None:
    made = decision(read_twice)
    assert made.differing == DIFFERING
    assert made.values["dwi_snr"] is True and "t2w_snr" not in made.values
    assert made.score.exam is None and set(made.score.missing) == set(DIFFERING)
    assert [(one.reader, one.value) for one in made.given("t2w_snr")] == [("A", True), ("B", False)]


def test_what_is_decided_stays_marked_as_differing(read_twice: Study) -> None:
    made = decision(read_twice)
    made.set("t2w_snr", True)
    assert made.differing == DIFFERING
    assert made.progress.total - made.progress.answered == 1


def test_it_is_saved_as_its_own_record(read_twice: Study) -> None:
    made = decision(read_twice)
    with pytest.raises(UserError) as told:
        made.save()
    assert told.value.code is ErrorCode.BAD_READING and read_twice.adjudications.all() == []
    for item in DIFFERING:
        made.set(item, False)
    made.note = " Grainy apex. "
    saved = made.save()
    assert (saved.note, saved.exam_score, saved.reader_id) == ("Grainy apex.", made.score.exam, made.reader.id)
    assert set(saved.settles) == {one.id for one in made.readings}
    assert len(read_twice.readings.all()) == 2 and read_twice.verify() == []


def test_one_who_read_the_case_is_known(read_twice: Study) -> None:
    assert decision(read_twice, "A").is_own and not decision(read_twice).is_own


def test_an_unknown_item_changes_nothing(read_twice: Study) -> None:
    made = decision(read_twice)
    before = made.values
    with pytest.raises(UserError):
        made.set("no_such_item", True)
    assert made.values == before
