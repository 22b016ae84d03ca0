"""A reader answers for a whole exam: blind where nothing was seen, and never taken for independent where it was."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Answer, NewAnswer, Reader
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.answering import accept, answered_by, give, may_see, reject, standing, unjudged
from QualityFinetuneLib.workflow.evaluating_answers import answer_pairs
from QualityFinetuneLib.workflow.known_answers import known_answers

PI_RADS = load_task("pi_rads")


@pytest.fixture
def reader(study: Study) -> Reader:
    return study.readers.ensure("Reader A")


def drafted(study: Study, grade: float, case_id: int = 1) -> Answer:
    """What a prediction leaves."""
    run = study.runs.create("predict", "PI-RADS", {"task": "pi_rads", "model": "pi_rads 1", "cases": []}, 0)
    return study.answers.add(
        NewAnswer(case_id=case_id, task="pi_rads", origin="model", status="draft", values={"grade": grade},
                  source="pi_rads 1", run_id=run.id)
    )  # fmt: skip


def independent(study: Study, draft: Answer) -> bool:
    """Whether an evaluation of the draft's run would take the known answer of its case as a reference."""
    assert draft.run_id is not None
    pairs, _without = answer_pairs(study, study.runs.get(draft.run_id), PI_RADS)
    return [pair.case.id for pair in pairs] == [draft.case_id]


def test_an_answer_given_blind_is_an_independent_reference(study: Study, reader: Reader) -> None:
    draft = drafted(study, 4)
    given = give(study, 1, PI_RADS, (3.0,), reader=reader)
    assert (given.origin, given.status, given.run_id, given.supersedes) == ("reader", "accepted", None, None)
    assert known_answers(study, PI_RADS)[1].numbers == (3.0,)
    assert independent(study, draft)


def test_an_answer_given_knowing_the_models_is_not(study: Study, reader: Reader) -> None:
    draft = drafted(study, 4)
    given = give(study, 1, PI_RADS, (3.0,), reader=reader, knowing=draft)
    assert (given.status, given.supersedes, given.run_id) == ("corrected", draft.id, draft.run_id)
    assert known_answers(study, PI_RADS)[1].numbers == (3.0,), "it is learned from all the same"
    assert not independent(study, draft)


def test_changing_ones_mind_after_seeing_it_is_not_independent_either(study: Study, reader: Reader) -> None:
    draft = drafted(study, 4)
    first = give(study, 1, PI_RADS, (3.0,), reader=reader)
    second = give(study, 1, PI_RADS, (4.0,), reader=reader, knowing=draft)
    assert (second.supersedes, second.status) == (first.id, "accepted")
    assert standing(study, 1, PI_RADS, reader).own == second
    assert not independent(study, draft)


def test_an_accepted_answer_counts_and_keeps_its_origin(study: Study, reader: Reader) -> None:
    draft = drafted(study, 4)
    accepted = accept(study, draft, reader=reader)
    assert (accepted.origin, accepted.status, accepted.reader_id) == ("model", "accepted", reader.id)
    found = standing(study, 1, PI_RADS, reader)
    assert found.own == accepted and found.draft is None
    assert not independent(study, draft)
    with pytest.raises(UserError) as told:
        accept(study, accepted, reader=reader)
    assert told.value.code is ErrorCode.CONFLICT
    with pytest.raises(UserError):
        accept(study, draft, reader=study.readers.ensure("Reader B"))


def test_an_answer_after_a_rejection_follows_it_in_the_history(study: Study, reader: Reader) -> None:
    draft = drafted(study, 4)
    rejected = reject(study, draft, reader=reader)
    found = standing(study, 1, PI_RADS, reader)
    assert (found.own, found.draft, found.discarded) == (None, None, rejected)
    assert known_answers(study, PI_RADS) == {}
    given = give(study, 1, PI_RADS, (2.0,), reader=reader, knowing=found.discarded)
    assert given.supersedes == rejected.id and not independent(study, draft)


def test_each_reader_has_an_answer_of_their_own(study: Study, reader: Reader) -> None:
    other = study.readers.ensure("Reader B")
    first = give(study, 1, PI_RADS, (3.0,), reader=reader)
    second = give(study, 1, PI_RADS, (5.0,), reader=other)
    found = standing(study, 1, PI_RADS, reader)
    assert found.own == first and found.others == (second,)
    assert answered_by(study, PI_RADS, reader) == {1} and answered_by(study, PI_RADS, None) == set()
    assert standing(study, 1, PI_RADS, None).own is None


def test_what_others_said_is_seen_only_after_the_own_answer_unless_assisted(study: Study, reader: Reader) -> None:
    drafted(study, 4)
    assert not may_see(study, reader, 1, PI_RADS) and not may_see(study, None, 1, PI_RADS)
    give(study, 1, PI_RADS, (3.0,), reader=reader)
    assert may_see(study, reader, 1, PI_RADS) and not may_see(study, reader, 2, PI_RADS)
    study.save_settings(study.settings.model_copy(update={"assisted": True}))
    assert may_see(study, reader, 2, PI_RADS)


def test_a_draft_waits_until_somebody_has_answered(study: Study, reader: Reader) -> None:
    drafted(study, 4)
    newer = drafted(study, 5)
    drafted(study, 2, case_id=2)
    assert unjudged(study, PI_RADS)[1] == newer and set(unjudged(study, PI_RADS)) == {1, 2}
    give(study, 1, PI_RADS, (3.0,), reader=reader)
    assert set(unjudged(study, PI_RADS)) == {2}


@pytest.mark.parametrize("numbers", [(1.0,), (3.5,), (None,), (float("nan"),), (3.0, 4.0)])
def test_what_is_no_answer_is_refused(study: Study, reader: Reader, numbers: tuple[float | None, ...]) -> None:
    with pytest.raises(UserError) as told:
        give(study, 1, PI_RADS, numbers, reader=reader)
    assert told.value.code is ErrorCode.BAD_VALUES
    assert study.answers.history(1, "pi_rads") == []
