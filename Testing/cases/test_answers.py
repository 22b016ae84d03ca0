"""What may be an answer, how it is written, and what a cell of a table says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.cases.answers import (
    allowed,
    answer_keys,
    answer_of,
    check_numbers,
    numbers_of,
    position_of,
    read_cell,
    words,
)
from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError

PI_RADS, ISUP, VOLUME = load_task("pi_rads"), load_task("isup"), load_task("prostate_volume")


def own(answer: str, **parts: object) -> Task:
    return Task.model_validate({"name": "own", "title": "Own", "roles": ["t2w"], "answer": answer, **parts})


CANCER = own(
    "classes",
    choices=[{"value": 0, "name": "Benign", "also": ["NO"]}, {"value": 1, "name": "Cancer", "also": ["YES"]}],
)
ZONES = own(
    "labels",
    choices=[{"value": 1, "name": "left PZ", "short": "LPZ"}, {"value": 2, "name": "right PZ", "short": "RPZ"}],
)


@pytest.mark.parametrize("task", [PI_RADS, ISUP, CANCER])
def test_one_choice_has_one_key_and_comes_back_as_it_was(task: Task) -> None:
    for choice in task.choices:
        numbers = numbers_of(task, answer_of(task, [float(choice.value)]))
        assert numbers == (choice.value,)
        check_numbers(task, numbers, whose="it")
        assert words(task, numbers) == choice.name
        assert task.choices[position_of(task, choice.value)] is choice


def test_keys_say_what_the_numbers_are() -> None:
    assert [answer_keys(task) for task in (PI_RADS, CANCER, ZONES, VOLUME)] == [
        ("grade",),
        ("class",),
        ("LPZ", "RPZ"),
        ("Volume",),
    ]


@pytest.mark.parametrize(
    ("task", "text", "reduce", "number"),
    [
        (PI_RADS, "4", None, 4),
        (PI_RADS, " PI-RADS 5 ", None, 5),
        (PI_RADS, "4.0", None, 4),
        (PI_RADS, "4,4", "max", 4),
        (PI_RADS, "5,2", "max", 5),
        (PI_RADS, "5;2", "min", 2),
        (PI_RADS, "3, -", None, 3),
        (ISUP, "0", None, 0),
        (ISUP, "3+4", None, 2),
        (ISUP, "Benign", None, 0),
        (CANCER, "yes", None, 1),
        (CANCER, "NO", None, 0),
        (ZONES, "yes", None, 1),
        (ZONES, "0", None, 0),
        (VOLUME, "52.0", None, 52.0),
        (VOLUME, "50 / 54", "mean", 52.0),
        (VOLUME, "", None, None),
        (PI_RADS, "n/a", None, None),
    ],
)
def test_a_cell_is_understood(task: Task, text: str, reduce: str, number: float | None) -> None:
    assert read_cell(task, 0, text, reduce=reduce) == number


@pytest.mark.parametrize(
    ("task", "text", "reduce", "why"),
    [
        (PI_RADS, "1", None, "1 is not one of 2, 3, 4, 5"),
        (PI_RADS, "6", "max", "6 is not one of"),
        (PI_RADS, "4,1", "max", "1 is not one of"),
        (PI_RADS, "2.5", None, "2.5 is not one of"),
        (PI_RADS, "high", None, "high is not one of"),
        (PI_RADS, "4,4", None, "holds 2 answers"),
        (PI_RADS, "2,4", "mean", "no mean of grades"),
        (VOLUME, "52,5", None, "decimal mark must be a point"),
        (VOLUME, "-3", None, "outside 2 to 600 ml"),
        (VOLUME, "large", None, "large is not one of"),
        (VOLUME, "inf", None, "inf is not one of"),
        (CANCER, "maybe", None, "maybe is not one of 0, 1"),
        (ZONES, "2", None, "2 is not one of"),
        (PI_RADS, ",", None, "is not one of"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_is_allowed(task: Task, text: str, reduce: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        read_cell(task, 0, text, reduce=reduce)
    assert caught.value.code is ErrorCode.BAD_VALUES
    assert why in caught.value.why
    assert task.title in caught.value.what and text.strip() in caught.value.what


@pytest.mark.parametrize(
    ("task", "numbers", "why"),
    [
        (PI_RADS, (1.0,), "1 is not one of"),
        (PI_RADS, (), "0 numbers, and 1 are needed (grade)"),
        (ZONES, (1.0,), "2 are needed (LPZ, RPZ)"),
        (ZONES, (0.5, 1.0), "0.5 is not one of"),
        (VOLUME, (-1.0,), "-1 lies outside"),
        (VOLUME, (math.nan,), "not a finite number"),
        (PI_RADS, (math.inf,), "not a finite number"),
    ],
)
def test_wrong_numbers_are_refused_by_name(task: Task, numbers: tuple[float, ...], why: str) -> None:
    with pytest.raises(UserError) as caught:
        check_numbers(task, numbers, whose="the answer of case-0007")
    assert "The answer of case-0007" in caught.value.what
    assert why in caught.value.why


def test_what_nobody_knows_is_no_mistake() -> None:
    check_numbers(ZONES, (None, 1.0), whose="it")
    check_numbers(PI_RADS, (None,), whose="it")
    assert numbers_of(ZONES, {"RPZ": 1.0}) == (None, 1.0)


def test_words_are_a_readers() -> None:
    assert words(VOLUME, (52.0,)) == "52.0 ml"
    assert words(ZONES, (1.0, 0.0)) == "left PZ"
    assert words(ZONES, (0.0, 0.0)) == "none"
    assert words(PI_RADS, (None,)) == "–"
    assert allowed(VOLUME) == "Prostate volume 2 to 600 ml"
    two = own("values", values=[{"name": n, "short": n, "unit": "mm", "lowest": 0, "highest": 9} for n in "AB"])
    assert words(two, (1.0, None)) == "A 1.0 mm, B –"


@given(st.lists(st.sampled_from([2, 3, 4, 5]), min_size=1, max_size=6))
def test_the_highest_of_several_lesions_counts(grades: list[int]) -> None:
    text = ",".join(map(str, grades))
    assert read_cell(PI_RADS, 0, text, reduce="max") == max(grades)
    assert read_cell(PI_RADS, 0, text, reduce="min") == min(grades)
