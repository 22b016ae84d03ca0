from __future__ import annotations

from collections.abc import Callable

import pytest

from QualityFinetuneLib.study.blinding import Blinding, label_of
from QualityFinetuneLib.study.records import Case
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def cases(study: Study, new_case: Callable[..., Case]) -> list[Case]:
    return [new_case(study, "Miller (1954)", patient="PAT-7"), new_case(study, "X", patient="P1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PAT-7 again", "Case 0001 again"),
        ("from Miller (1954), twice: PAT-7", "from Case 0001, twice: Case 0001"),
        ("PAT-7_t2w.nrrd", "Case 0001_t2w.nrrd"),
        ("cases/Miller-1954/t2w.nrrd", "cases/Case 0001/t2w.nrrd"),
        ("1.2.Miller (1954)", "Case 0001"),
        ("XPAT-7 and PAT-78", "XPAT-7 and PAT-78"),
        ("P1 is too short to be looked for", "P1 is too short to be looked for"),
    ],
)
def test_what_identifies_a_case_is_replaced_by_its_label(
    study: Study, cases: list[Case], text: str, expected: str
) -> None:
    assert Blinding(study).text(text) == expected


def test_keys_and_texts_within_content_are_replaced_and_numbers_stay(study: Study, cases: list[Case]) -> None:
    content = {"PAT-7": [1, 0.5, None, {"file": "a/PAT-7.nrrd"}], "n": True}
    assert Blinding(study).content(content) == {
        "Case 0001": [1, 0.5, None, {"file": "a/Case 0001.nrrd"}],
        "n": True,
    }


def test_the_place_of_the_study_on_this_computer_is_never_told(study: Study) -> None:
    assert Blinding(study).text(f"{study.folder}/runs/1") == "./runs/1"


def test_an_open_study_keeps_its_names(study: Study, cases: list[Case]) -> None:
    study.save_settings(study.settings.model_copy(update={"blinded": False}))
    assert Blinding(study).text("PAT-7") == "PAT-7"


def test_a_report_may_be_blinded_where_the_study_is_open_and_the_other_way_round(
    study: Study, cases: list[Case]
) -> None:
    assert Blinding(study, blinded=False).text("PAT-7") == "PAT-7"
    study.save_settings(study.settings.model_copy(update={"blinded": False}))
    assert Blinding(study, blinded=True).text("PAT-7") == "Case 0001"
    assert label_of(cases[0], blinded=True) == "Case 0001"
    assert label_of(cases[0], blinded=False) == "Miller (1954)"
