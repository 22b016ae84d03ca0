from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Case
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def cases(study: Study, new_case: Callable[..., Case]) -> list[Case]:
    """Twelve cases of eight patients; the first four patients have two each."""
    return [new_case(study, f"exam {n}", patient=f"P{n % 8}") for n in range(12)]


def _make(study: Study, cases: list[Case], name: str = "main", **changes: object) -> dict[int, str]:
    fields = {"seed": 1, "fractions": (0.5, 0.25, 0.25), "case_ids": [case.id for case in cases]} | changes
    return dict(study.splits.create(name, **fields).members)  # type: ignore[arg-type]


def test_a_split_is_kept_as_it_was_made(study: Study, cases: list[Case]) -> None:
    members = _make(study, cases)
    split = study.splits.get("main")
    assert split.members == members
    assert (split.name, split.seed) == ("main", 1)
    assert split.fractions == {"train": 0.5, "validate": 0.25, "test": 0.25}
    assert study.splits.all() == [split]
    assert sorted(split.part("train") + split.part("validate") + split.part("test")) == sorted(members)


def test_all_cases_of_a_patient_are_in_one_part(study: Study, cases: list[Case]) -> None:
    for seed in range(10):
        members = _make(study, cases, f"seed {seed}", seed=seed)
        parts = {(case.patient, members[case.id]) for case in cases}
        assert Counter(part for _, part in parts) == {"train": 4, "validate": 2, "test": 2}


def test_the_order_of_case_ids_does_not_matter(study: Study, cases: list[Case]) -> None:
    ids = [case.id for case in cases]
    assert _make(study, cases, "b", case_ids=[*reversed(ids), ids[0]]) == _make(study, cases, "a")


def test_high_and_low_quality_are_spread_over_the_parts(study: Study, cases: list[Case]) -> None:
    strata = {case.id: "high" if int(case.patient[1]) < 4 else "low" for case in cases}
    for seed in range(10):
        members = _make(study, cases, f"seed {seed}", seed=seed, strata=strata)
        for quality in ("high", "low"):
            parts = {case.patient: members[case.id] for case in cases if strata[case.id] == quality}
            assert Counter(parts.values()) == {"train": 2, "validate": 1, "test": 1}


def test_a_patient_with_both_qualities_stays_whole(study: Study, cases: list[Case]) -> None:
    strata = {case.id: ("high", "low", None)[n % 3] for n, case in enumerate(cases)}
    members = _make(study, cases, strata=strata)
    assert len({(case.patient, members[case.id]) for case in cases}) == 8


def test_a_name_is_given_once(study: Study, cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    members = _make(study, cases)
    with pytest.raises(UserError) as told:
        _make(study, cases, seed=2)
    assert told.value.code is ErrorCode.CONFLICT
    assert study.splits.get("main").members == members


@pytest.mark.parametrize(
    "statement",
    ["UPDATE splits SET seed = 3", "DELETE FROM split_members", "UPDATE split_members SET part = 'train'"],
)
def test_the_database_itself_refuses_to_change_a_split(study: Study, cases: list[Case], statement: str) -> None:
    members = _make(study, cases)
    with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert study.splits.get("main").members == members


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case_ids": [1, 99]}, ErrorCode.NOT_FOUND),
        ({"case_ids": [1, 9]}, ErrorCode.TOO_FEW_CASES),  # two exams of one patient
        ({"case_ids": []}, ErrorCode.TOO_FEW_CASES),
        ({"fractions": (1, 1, 1)}, ErrorCode.BAD_VALUES),
        ({"name": " "}, ErrorCode.BAD_VALUES),
    ],
    ids=str,
)
def test_a_split_that_cannot_be_made_leaves_nothing(
    study: Study, cases: list[Case], changes: dict[str, object], code: ErrorCode
) -> None:
    with pytest.raises(UserError) as told:
        _make(study, cases, **changes)  # type: ignore[arg-type]
    assert told.value.code is code
    assert study.splits.all() == []


def test_an_unknown_split_is_told(study: Study) -> None:
    with pytest.raises(UserError) as told:
        study.splits.get("none")
    assert told.value.code is ErrorCode.NOT_FOUND
