"""What the answers come to, in words."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.widgets.rate import score_words
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture
def rater(study: Study) -> Rater:
    return Rater(study, study.readers.ensure("A"), study.cases.all()[0])


def fill(rater: Rater, value: bool = True) -> None:
    for item in rater.form.items(rater.protocol):
        rater.set(item.id, value)


def test_nobody_rating_says_nothing(study: Study) -> None:
    assert score_words.title(None) == score_words.parts(None) == score_words.reasons(None) == ""
    assert score_words.time(None) == score_words.finding(None, "t2w_snr") == ""
    assert score_words.rule(None, study.settings) == ""


def test_open_items_are_counted_and_one_is_not_plural(rater: Rater, study: Study) -> None:
    assert score_words.title(rater) == "PI-QUAL v2: –"
    assert "items are still open" in score_words.rule(rater, study.settings)
    fill(rater)
    rater.set("t2w_snr", None)
    assert score_words.rule(rater, study.settings) == "1 item is still open."


def test_a_complete_form_has_a_score_with_its_word_and_a_stratum(rater: Rater, study: Study) -> None:
    fill(rater)
    assert score_words.title(rater) == "PI-QUAL v2: 3 (optimal)"
    assert score_words.rule(rater, study.settings) == "▲ High quality by this study's rule."
    assert "T2W score" in score_words.parts(rater) and "T2W" in score_words.reasons(rater)


def test_an_overruled_header_is_said(rater: Rater) -> None:
    found: Any = rater.findings["t2w_slice_thickness"]
    assert score_words.finding(rater, "t2w_slice_thickness").startswith("Headers: ")
    rater.set("t2w_slice_thickness", not found.passed)
    assert score_words.finding(rater, "t2w_slice_thickness").endswith("Changed by you.")
    assert score_words.finding(rater, "t2w_snr") == ""
