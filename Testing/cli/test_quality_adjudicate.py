from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture
def disputed(study: Path) -> Path:
    """A second reader who agrees but for case 2, where everything visible is bad."""
    with Study.open(study) as opened:
        for reading in opened.readings.all():
            rater = Rater(opened, opened.readers.ensure("Reader B"), opened.cases.get(reading.case_id))
            for item in load_form("pi-qual-v2").items("bpmri"):
                bad = reading.case_id == 2 and item.section == "t2w" and item.part == "visual"
                rater.set(item.id, not reading.values[item.id] if bad else reading.values[item.id])
            rater.save()
    return study


def test_what_is_open_is_listed(run: Any, disputed: Path) -> None:
    document = run("quality", "adjudicate", "--about", "any", "--study", disputed, "--json").document
    (one,) = document["open"]
    assert one["case"] == "Case 0002 (simulated)"
    assert set(one["exam_scores"]) == {"simulated reader", "Reader B"}
    assert set(one["differs"]["t2w_snr"]) == {"simulated reader", "Reader B"}
    text = run("quality", "adjudicate", "--about", "any", "--study", disputed).out
    assert "t2w_snr" in text and "Reader B: " in text


def test_a_decision_is_saved_and_closes_the_case(run: Any, disputed: Path) -> None:
    decide = ["quality", "adjudicate", "case 0002", "--study", disputed, "--json"]
    refused = run(*decide)
    assert refused.code == 1 and "--reader" in refused.err
    answers = [f"--set={item.id}=yes" for item in load_form("pi-qual-v2").items("bpmri") if item.section == "t2w"]
    saved = run(*decide, "-r", "Reader C", "--note", "Seen again.", *answers).document
    assert saved["adjudication"]["note"] == "Seen again."
    assert len(saved["adjudication"]["settles"]) == 2
    assert run("quality", "adjudicate", "--about", "any", "--study", disputed, "--json").document == {"open": []}
    with Study.open(disputed) as opened:
        (kept,) = opened.adjudications.all()
        assert opened.readers.get(kept.reader_id).name == "Reader C"
        assert kept.scores["t2w"] == 4


def test_an_undecided_item_is_named(run: Any, disputed: Path) -> None:
    ran = run("quality", "adjudicate", "2", "-r", "C", "--set", "t2w_snr=yes", "--study", disputed)
    assert ran.code == 1
    assert "t2w_structures" in ran.err
