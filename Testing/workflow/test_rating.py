"""Rating one case: technical answers from what the images tell, the score by rule, active time, one record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.quality import strata
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.rating import Rater
from QualityFinetuneLib.workflow.unsaved_form import technical_findings


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now_s)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rater(study: Study, clock: Clock) -> Rater:
    return Rater(study, study.readers.ensure("Reader A"), study.cases.get(1), clock=clock, now=clock.now)


def answer_all(rater: Rater, value: bool) -> None:
    for item in rater.form.items(rater.protocol):
        rater.set(item.id, value)


def test_technical_items_start_as_the_images_tell(study: Study, rater: Rater) -> None:
    findings = technical_findings(study, study.cases.get(1))
    assert "3" in findings["t2w_slice_thickness"].found
    for item, finding in findings.items():
        assert rater.values[item] == finding.passed
    assert "dce_slice_thickness" not in rater.values, "a bpMRI study does not ask for it"


def test_the_score_follows_each_answer(rater: Rater) -> None:
    assert rater.score.exam is None
    answer_all(rater, True)
    assert rater.score.exam == 3
    assert rater.progress.complete
    rater.set("t2w_snr", False)
    assert rater.score.exam == 2
    rater.set("t2w_slice_thickness", False)
    assert rater.score.exam == 1
    rater.set("t2w_snr", None)
    assert rater.score.exam is None
    assert rater.score.missing == ("t2w_snr",)


def test_a_wrong_answer_is_refused_and_changes_nothing(rater: Rater) -> None:
    before = rater.values
    for item, value in (("no_such_item", True), ("t2w_snr", 7)):
        with pytest.raises(UserError) as failure:
            rater.set(item, value)
        assert failure.value.code is ErrorCode.BAD_READING
    assert rater.values == before


def test_an_incomplete_reading_is_refused_naming_what_is_open(study: Study, rater: Rater) -> None:
    answer_all(rater, True)
    rater.set("dwi_snr", None)
    with pytest.raises(UserError) as failure:
        rater.save()
    assert "dwi_snr" in failure.value.why
    assert study.readings.all() == []


def test_saving_keeps_answers_both_parts_score_and_active_time(study: Study, rater: Rater, clock: Clock) -> None:
    answer_all(rater, True)
    rater.set("t2w_snr", False)
    clock.now_s += 30
    rater.timer.touch()
    clock.now_s += 600  # away
    reading = rater.save()
    assert reading == study.readings.latest(1)
    assert reading.exam_score == 2
    assert reading.active_s == pytest.approx(90.0)
    assert (reading.finished - reading.started).total_seconds() == 630
    assert reading.values["t2w_snr"] is False
    assert reading.visual["scores"]["t2w_visual"] == 3
    assert reading.technical["scores"]["t2w_technical"] == 1
    assert set(reading.technical["values"]) | set(reading.visual["values"]) == set(reading.values)
    assert "found" in reading.technical
    assert strata(study)[1] == "high"


def test_a_second_reading_supersedes_the_first_which_is_kept(study: Study, rater: Rater, clock: Clock) -> None:
    answer_all(rater, True)
    first = rater.save()
    again = Rater(study, rater.reader, rater.case, clock=clock, now=clock.now)
    again.load(first)
    assert again.values == first.values
    again.set("dwi_snr", False)
    second = again.save()
    assert second.supersedes == first.id
    assert [r.id for r in study.readings.history(1)] == [first.id, second.id]


def test_messages_of_a_blinded_study_do_not_name_the_patient(rater: Rater) -> None:
    rater.set("t2w_snr", None)
    with pytest.raises(UserError) as failure:
        rater.save()
    assert "Simulated-0001" not in str(failure.value)


def test_two_readers_are_told_apart(study: Study, rate: Callable[..., None]) -> None:
    rate(study.cases.get(1), high=True, reader="Reader A")
    rate(study.cases.get(1), high=False, reader="Reader B")
    assert len(study.readings.all_latest()) == 2
    assert strata(study)[1] == "low", "of two readers the lower counts"
    assert load_form(study.settings.form).name == "pi-qual-v2"


def test_a_repeat_is_kept_beside_the_reading_it_repeats(study: Study, rate: Callable[..., None]) -> None:
    case = study.cases.get(1)
    rate(case, high=True)
    first = study.readings.latest(case.id)
    rater = Rater(study, study.readers.ensure("Reader A"), case, repeat=1)
    assert "t2w_snr" not in rater.values, "a repeat starts empty"
    for item in rater.form.items("bpmri"):
        rater.set(item.id, False)
    again = rater.save()
    assert (again.repeat, again.supersedes) == (1, None)
    assert study.readings.latest(case.id) == first
