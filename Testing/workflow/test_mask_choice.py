"""Which of several masks of one task counts."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.cases.found import FoundCase, FoundMask
from QualityFinetuneLib.workflow.mask_choice import least_preferred_first, made_by_a_model, mask_choices

NAMES = ("gland_taps", "picai_gland_bosma22b", "picai_gland_guerbet23", "gland")


def case(*sources: str, task: str = "gland", name: str = "A") -> FoundCase:
    masks = tuple(FoundMask(task=task, path=Path(f"{one}.nii.gz"), source=one) for one in sources)
    return FoundCase(patient=name, exam=name, name=name, series=(), masks=masks)


def counts(exam: FoundCase, *prefer: str, others: tuple[FoundCase, ...] = ()) -> str:
    return least_preferred_first(exam.masks, mask_choices([exam, *others]), prefer)[-1].source


def test_nothing_is_asked_where_each_exam_has_one_mask_of_a_task() -> None:
    assert mask_choices([case("gland_taps"), case("gland", name="B")]) == []


def test_the_output_of_a_model_of_this_software_counts_last() -> None:
    assert made_by_a_model("gland_taps") and not made_by_a_model("picai_gland_bosma22b")
    (choice,) = mask_choices([case(*NAMES[:3])])
    assert list(choice.sources) == ["picai_gland_bosma22b", "picai_gland_guerbet23", "gland_taps"]
    assert (choice.default, choice.exams) == ("picai_gland_bosma22b", 1)


def test_what_most_exams_have_counts_unless_another_is_preferred() -> None:
    mixed, other = case("expert_a", "expert_b"), case("expert_b", "expert_c", name="B")
    assert counts(mixed, others=(other,)) == "expert_b"
    assert counts(mixed, "expert_a", others=(other,)) == "expert_a"


def test_parts_and_patterns_of_names_are_preferred_in_their_order() -> None:
    exam = case(*NAMES)
    assert counts(exam, "guerbet23") == "picai_gland_guerbet23"
    assert counts(exam, "nobody", "BOSMA*", "*bosma22?") == "picai_gland_bosma22b"
    assert counts(exam, "taps", "guerbet") == "gland_taps"
    assert counts(exam, "gland") == "gland"  # the very name before those that contain it
    assert counts(exam, "", "nobody") == counts(exam)


@given(st.permutations(NAMES), st.lists(st.sampled_from([*NAMES, "gl*", "nobody"]), max_size=3))
def test_every_mask_stays_and_the_order_of_files_does_not_matter(names: list[str], prefer: list[str]) -> None:
    exam = case(*names)
    ordered = least_preferred_first(exam.masks, mask_choices([exam]), prefer)
    assert sorted(one.source for one in ordered) == sorted(NAMES)
    assert ordered[-1].source == counts(case(*NAMES), *prefer)


def test_tasks_do_not_mix() -> None:
    exam = FoundCase(
        patient="A", exam="A", name="A", series=(), masks=(*case("z1", "z2", task="zones").masks, *case("g").masks)
    )
    (choice,) = mask_choices([exam])
    assert choice.task == "zones"
    assert [one.source for one in least_preferred_first(exam.masks, [choice], ())] == ["g", "z2", "z1"]
