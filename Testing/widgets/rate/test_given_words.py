"""Readers' answers side by side."""

from __future__ import annotations

from types import SimpleNamespace

from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.widgets.rate.given_words import answer_words, heading, side_by_side
from QualityFinetuneLib.workflow.deciding import GivenAnswer

FORM = load_form("pi-qual-v2")
ITEM = FORM.item("t2w_snr")


def given(**answers: bool | None) -> list[GivenAnswer]:
    return [GivenAnswer(reader=name, value=value) for name, value in answers.items()]


def test_two_readers_stand_in_a_column_each() -> None:
    told = side_by_side(ITEM, given(Ann=True, Bob=False))
    assert told.count("<td") == 2
    assert told.index("Ann") < told.index("✓ Yes") < told.index("Bob") < told.index("✗ No")


def test_of_more_readers_each_answer_names_who_gave_it() -> None:
    told = side_by_side(ITEM, given(Ann=True, Bob=False, Cy=True))
    assert told == "<b>✓ Yes</b>: Ann, Cy<br><b>✗ No</b>: Bob"


def test_a_readers_name_cannot_break_the_text() -> None:
    assert "<i>" not in side_by_side(ITEM, [GivenAnswer(reader="<i>x", value=None)] * 2)


def test_an_open_answer_and_a_chosen_one_have_words() -> None:
    assert answer_words(ITEM, None) == "open"
    scale = SimpleNamespace(kind="scale", shown=lambda value: f"grade {value}")
    assert answer_words(scale, 3) == "grade 3"  # type: ignore[arg-type]


def test_the_heading_counts_and_names() -> None:
    one = SimpleNamespace(differing=("a",), names=("Ann", "Bob"), is_own=False)
    assert heading(one) == "1 item differs between Ann, Bob."  # type: ignore[arg-type]
    two = SimpleNamespace(differing=("a", "b"), names=("Ann", "Bob"), is_own=True)
    assert heading(two) == (  # type: ignore[arg-type]
        "2 items differ between Ann, Bob. One of these readings is your own."
    )
