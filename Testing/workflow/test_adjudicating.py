from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.quality import scores
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.adjudicating import adjudicate, disagreements, undisputed
from QualityFinetuneLib.workflow.rating import Rater

Rate = Callable[..., None]


@pytest.fixture
def differing(study: Study) -> Study:
    """Readers A and B: case 1 agreed, case 2 differs by two points of the exam score, case 3 only in one item."""
    answers = {
        "A": {1: {}, 2: {}, 3: {"t2w_snr": False}, 4: {}},
        "B": {1: {}, 2: {"t2w_snr": False, "t2w_structures": False}, 3: {"t2w_artefacts": False}},
    }
    for reader, cases in answers.items():
        for case_id, changed in cases.items():
            rater = Rater(study, study.readers.ensure(reader), study.cases.get(case_id))
            for item in load_form("pi-qual-v2").items("bpmri"):
                rater.set(item.id, changed.get(item.id, True))
            rater.save()
    return study


def test_the_largest_difference_comes_first_and_what_counts_can_be_chosen(differing: Study) -> None:
    assert [one.case_id for one in disagreements(differing)] == [2]
    assert [one.case_id for one in disagreements(differing, about="quality")] == [2]
    every = disagreements(differing, about="any")
    assert [(one.case_id, one.span) for one in every] == [(2, 2), (3, 0)]
    first = every[0]
    assert sorted(first.exam_scores.values()) == [1, 3]
    assert first.differs["t2w_snr"] == {1: True, 2: False}
    assert "dwi_snr" not in first.differs
    assert set(every[1].differs) == {"t2w_snr", "t2w_artefacts"}


def test_a_decision_starts_from_what_is_undisputed_and_counts(differing: Study) -> None:
    case = differing.cases.get(2)
    start = undisputed(differing, case)
    assert "t2w_snr" not in start and start["dwi_snr"] is True
    judge = differing.readers.ensure("Reader C")
    with pytest.raises(UserError) as told:
        adjudicate(differing, case, judge, {"t2w_snr": True})
    assert told.value.code is ErrorCode.BAD_READING
    assert "t2w_structures" in told.value.why and "t2w_snr" not in told.value.why
    moment = datetime(2026, 4, 1, tzinfo=UTC)
    saved = adjudicate(
        differing, case, judge, {"t2w_snr": True, "t2w_structures": False}, note=" Seen again. ", now=lambda: moment
    )
    assert (saved.exam_score, saved.scores["t2w"], saved.note, saved.decided) == (2, 3, "Seen again.", moment)
    assert set(saved.settles) == {one.id for one in differing.readings.history(2)}
    assert scores(differing)[2] == 2  # the lower of the readings' 1 and 3 no longer counts
    assert disagreements(differing) == []
    assert differing.verify() == []


def test_a_newer_reading_opens_the_case_again(differing: Study, rate: Rate) -> None:
    case = differing.cases.get(2)
    adjudicate(differing, case, differing.readers.ensure("C"), {"t2w_snr": True, "t2w_structures": True})
    rate(case, high=False, reader="B")
    assert [one.case_id for one in disagreements(differing)] == [2]


def test_one_reading_leaves_nothing_to_decide(differing: Study) -> None:
    judge = differing.readers.ensure("C")
    for case_id in (4, 5):
        with pytest.raises(UserError) as told:
            adjudicate(differing, differing.cases.get(case_id), judge, {})
        assert told.value.code is ErrorCode.BAD_READING
    assert undisputed(differing, differing.cases.get(5)) == {}


def test_an_unknown_item_is_refused(differing: Study) -> None:
    with pytest.raises(UserError):
        adjudicate(differing, differing.cases.get(2), differing.readers.ensure("C"), {"no_such_item": True})
    assert differing.adjudications.all() == []
