"""What waits for a reader: cases not rated, due repeats, disagreements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from QualityFinetuneLib.study.settings import RepeatPlan
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.rating import Rater
from QualityFinetuneLib.workflow.worklists import WORKLISTS, not_rated, planned_repeats, to_repeat, worklist

NOW = datetime.now(UTC)


def read(
    study: Study, case_id: int, *, reader: str = "A", at: datetime = NOW, repeat: int = 0, snr: bool = True
) -> None:
    rater = Rater(study, study.readers.ensure(reader), study.cases.get(case_id), now=lambda: at, repeat=repeat)
    for item in rater.form.items(rater.protocol):
        rater.set(item.id, snr if item.id in ("t2w_snr", "t2w_structures") else True)
    rater.save()


def plan(study: Study, share: float, days: int = 14) -> None:
    repeats = RepeatPlan(share=share, after_days=days)
    study.save_settings(study.settings.model_copy(update={"repeats": repeats}))


def test_a_case_leaves_the_list_with_the_readers_own_reading(study: Study) -> None:
    read(study, 2)
    ids = [case.id for case in study.cases.all()]
    assert not_rated(study, study.readers.ensure("A")) == [one for one in ids if one != 2]
    assert not_rated(study, study.readers.ensure("B")) == ids
    assert worklist(study, study.readers.ensure("A"), "all") == ids


def test_a_reading_of_another_protocol_does_not_count(study: Study) -> None:
    read(study, 2)
    study.save_settings(study.settings.model_copy(update={"protocol": "mpmri"}))
    assert 2 in not_rated(study, study.readers.ensure("A"))


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.1, 1), (0.5, 3), (1.0, 6)])
def test_the_plan_asks_for_its_share_rounded_up(study: Study, share: float, count: int) -> None:
    plan(study, share)
    assert len(planned_repeats(study)) == count


def test_a_larger_share_keeps_the_cases_of_the_smaller(study: Study) -> None:
    plan(study, 0.3)
    few = {case.id for case in planned_repeats(study)}
    plan(study, 0.7)
    assert few < {case.id for case in planned_repeats(study)}


def test_a_repeat_is_due_only_after_the_days_and_only_once(study: Study) -> None:
    plan(study, 1.0)
    reader = study.readers.ensure("A")
    read(study, 1, at=NOW - timedelta(days=15))
    read(study, 2, at=NOW - timedelta(days=13))
    assert to_repeat(study, reader, now=lambda: NOW) == [1]
    assert sorted(to_repeat(study, reader, now=lambda: NOW + timedelta(days=2))) == [1, 2]
    read(study, 1, repeat=1)
    assert to_repeat(study, reader, now=lambda: NOW) == []
    assert to_repeat(study, study.readers.ensure("B"), now=lambda: NOW) == []


def test_a_correction_does_not_put_the_repeat_off(study: Study) -> None:
    plan(study, 1.0)
    read(study, 1, at=NOW - timedelta(days=20))
    read(study, 1, at=NOW - timedelta(days=1), snr=False)
    assert to_repeat(study, study.readers.ensure("A"), now=lambda: NOW) == [1]


def test_disagreements_wait_for_whoever_decides(study: Study) -> None:
    read(study, 3)
    read(study, 3, reader="B", snr=False)
    assert worklist(study, study.readers.ensure("C"), "adjudicate") == [3]


def test_nobody_has_nothing_to_do_but_look(study: Study) -> None:
    found = {name: len(worklist(study, None, name)) for name in WORKLISTS}
    assert found == {"all": 6, "not_rated": 0, "repeat": 0, "adjudicate": 0}
