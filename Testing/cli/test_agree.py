"""`agreement` of two readers, checked against a table worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture
def two_readers(study: Path) -> Path:
    """A second reader who finds every exam optimal, where the first finds three so."""
    with Study.open(study) as opened:
        for case in opened.cases.all():
            rater = Rater(opened, opened.readers.ensure("Reader B"), case)
            for item in load_form("pi-qual-v2").items("bpmri"):
                rater.set(item.id, True)
            rater.save()
    return study


def test_agreement_of_the_two_readers_there_are(run: Any, two_readers: Path) -> None:
    document = run("agreement", "--study", two_readers, "--json").document
    assert document["readers"] == ["simulated reader", "Reader B"]
    with Study.open(two_readers) as opened:
        first = opened.readers.ensure("simulated reader").id
        scores = [reading.exam_score for reading in opened.readings.all_latest() if reading.reader_id == first]
    same = sum(score == 3 for score in scores)
    assert document["exam_score"]["n"] == 6
    assert document["exam_score"]["observed"]["value"] == pytest.approx(same / 6)
    high = sum(score >= 2 for score in scores if score is not None)
    assert document["high_or_low"]["observed"]["value"] == pytest.approx(high / 6)
    assert document["high_or_low"]["kappa"]["value"] in (0.0, None), "one reader always says the same"


def test_readers_may_be_named_in_any_case(run: Any, two_readers: Path) -> None:
    ran = run("agreement", "reader b", "simulated reader", "--study", two_readers)
    assert ran.code == 0
    assert "Gwet" in ran.out


def test_one_reader_is_too_few(run: Any, study: Path) -> None:
    ran = run("agreement", "--study", study)
    assert ran.code == 1
    assert "simulated reader" in ran.err
    assert run("agreement", "Nobody", "Reader B", "--study", study).code == 1
