"""Exactly the asked mix, nested by number, by patient, never from the test part; too few is told with numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import NewAnnotation, Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.selecting import DEFAULT_SPLIT, Mix, Selection, ensure_split, select

ZONES = load_task("zones")


@pytest.fixture
def everything(rated: Study) -> Split:
    """A split that keeps one patient for validation and one for testing."""
    return rated.splits.create(
        "wide", seed=1, fractions={"train": 4 / 6, "validate": 1 / 6, "test": 1 / 6}, case_ids=range(1, 7)
    )


def chosen(study: Study, split: Split, *, seed: int = 0, **mix: int) -> Selection:
    return select(study, ZONES, mix=Mix(**mix), case_ids=None, split=split, seed=seed)


def test_exactly_the_asked_numbers_are_taken(rated: Study, everything: Split) -> None:
    selection = chosen(rated, everything, high=1, low=1)
    assert sorted(str(selection.quality[case_id]) for case_id in selection.train) == ["high", "low"]
    assert set(selection.train) <= set(everything.part("train"))
    assert set(selection.validate) == set(everything.part("validate"))


def test_without_numbers_everything_labelled_is_taken(rated: Study, everything: Split) -> None:
    assert list(chosen(rated, everything).train) == everything.part("train")


def test_one_number_alone_takes_none_of_the_other_quality(rated: Study, everything: Split) -> None:
    assert {chosen(rated, everything, low=1).quality[c] for c in chosen(rated, everything, low=1).train} == {"low"}


@pytest.mark.parametrize("seed", range(4))
def test_a_smaller_mix_is_a_part_of_a_larger_one(rated: Study, everything: Split, seed: int) -> None:
    high = sum(case_id <= 3 for case_id in everything.part("train"))
    takes = [set(chosen(rated, everything, seed=seed, high=n).train) for n in range(1, high + 1)]
    assert all(smaller < larger for smaller, larger in pairwise(takes))


def test_the_seed_decides_which(rated: Study, everything: Split) -> None:
    low = sum(case_id > 3 for case_id in everything.part("train"))
    assert low >= 2
    assert {chosen(rated, everything, seed=5, low=1).train} == {chosen(rated, everything, seed=5, low=1).train}
    assert len({chosen(rated, everything, seed=seed, low=1).train for seed in range(12)}) > 1


def test_too_few_tells_how_many_there_are(rated: Study, everything: Split) -> None:
    high = sum(case_id <= 3 for case_id in everything.part("train"))
    with pytest.raises(UserError) as failure:
        chosen(rated, everything, high=9, low=1)
    assert failure.value.code is ErrorCode.TOO_FEW_CASES
    assert "9 high" in failure.value.what
    assert f"has {high} of high" in failure.value.why
    with pytest.raises(UserError) as failure:
        chosen(rated, everything, high=0, low=0)
    assert failure.value.code is ErrorCode.TOO_FEW_CASES


def test_unrated_cases_count_to_no_mix_and_are_told(study: Study) -> None:
    split = ensure_split(study, task=ZONES)
    with pytest.raises(UserError) as failure:
        chosen(study, split, high=1)
    assert f"{len(split.part('train'))} not rated" in failure.value.why


def test_named_cases_are_taken_whatever_their_quality(rated: Study, everything: Split) -> None:
    ids = everything.part("train")[:2]
    selection = select(rated, ZONES, mix=Mix(), case_ids=[*ids, ids[0]], split=everything, seed=0)
    assert list(selection.train) == ids


def test_a_named_case_may_come_from_the_validation_part_and_then_does_not_validate(
    rated: Study, everything: Split
) -> None:
    selection = select(rated, ZONES, mix=Mix(), case_ids=everything.part("validate"), split=everything, seed=0)
    assert selection.validate == ()


def test_a_case_kept_for_testing_is_refused(rated: Study, everything: Split) -> None:
    with pytest.raises(UserError) as failure:
        select(rated, ZONES, mix=Mix(), case_ids=everything.part("test"), split=everything, seed=0)
    assert failure.value.code is ErrorCode.CONFLICT
    assert "Case 000" in failure.value.what, "blinded"


def test_another_exam_of_a_patient_kept_for_testing_is_refused(rated: Study, everything: Split) -> None:
    kept = rated.cases.get(everything.part("test")[0])
    second = rated.cases.add(patient=kept.patient, exam="another", name="second exam", series=[])
    with pytest.raises(UserError) as failure:
        select(rated, ZONES, mix=Mix(), case_ids=[second.id], split=everything, seed=0)
    assert failure.value.code is ErrorCode.CONFLICT


def test_a_case_without_a_mask_is_refused(rated: Study, everything: Split) -> None:
    case_id = everything.part("train")[0]
    current = rated.annotations.current(case_id, "zones")
    assert current is not None
    rated.annotations.add(
        NewAnnotation(
            case_id=case_id,
            task="zones",
            origin="imported",
            status="rejected",
            path=current.path,
            supersedes=current.id,
        )
    )
    with pytest.raises(UserError) as failure:
        select(rated, ZONES, mix=Mix(), case_ids=[case_id], split=everything, seed=0)
    assert failure.value.code is ErrorCode.NO_LABEL
    assert case_id not in chosen(rated, everything).train
    with pytest.raises(UserError):
        select(rated, ZONES, mix=Mix(), case_ids=[], split=everything, seed=0)


def test_nothing_labelled_is_told(rated: Study, everything: Split) -> None:
    with pytest.raises(UserError) as failure:
        select(rated, ZONES.model_copy(update={"name": "unseen"}), mix=Mix(), case_ids=None, split=everything, seed=0)
    assert failure.value.code is ErrorCode.NO_LABEL


def test_the_default_split_is_made_once_and_kept(rated: Study) -> None:
    first = ensure_split(rated, task=ZONES, seed=3)
    assert first.name == DEFAULT_SPLIT
    assert ensure_split(rated, task=ZONES, seed=99) == first
    with pytest.raises(UserError) as failure:
        ensure_split(rated, "no such split")
    assert "default" in failure.value.why
