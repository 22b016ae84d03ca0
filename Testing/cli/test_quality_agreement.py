from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture
def two_readers(study: Path) -> Path:
    """A second reader who finds every exam optimal, and reads two of them again as poor."""
    with Study.open(study) as opened:
        for case in opened.cases.all():
            for repeat in (0, 1) if case.id <= 2 else (0,):
                rater = Rater(opened, opened.readers.ensure("Reader B"), case, repeat=repeat)
                for item in load_form("pi-qual-v2").items("bpmri"):
                    rater.set(item.id, repeat == 0)
                rater.save()
        opened.readers.ensure("Who only corrects masks")
    return study


def test_it_tells_everything_of_the_same_numbers_as_the_short_command(run: Any, two_readers: Path) -> None:
    document = run("quality", "agreement", "--study", two_readers, "--json").document
    short = run("agreement", "simulated reader", "Reader B", "--study", two_readers, "--json").document
    assert document["readers"] == ["simulated reader", "Reader B"]
    assert document["within"] is False
    by_id = {one["id"]: one for one in document["subjects"]}
    assert by_id["exam"]["agreement"]["statistics"]["observed"] == short["exam_score"]["observed"]
    assert by_id["quality"]["agreement"]["statistics"]["kappa"] == short["high_or_low"]["kappa"]
    assert {"t2w", "t2w_snr", "dwi_high_b"} < set(by_id)
    assert by_id["exam"]["agreement"]["differences"]["n"] == 6


def test_scores_alone_and_every_statistic_can_be_asked_for(run: Any, two_readers: Path) -> None:
    document = run("quality", "agreement", "--no-items", "--study", two_readers, "--json").document
    assert {one["kind"] for one in document["subjects"]} == {"quality", "score"}
    short = run("quality", "agreement", "--no-items", "--study", two_readers).out
    assert "First minus second" not in short and "ICC(1,1)" not in short
    long = run("quality", "agreement", "--no-items", "--all", "--study", two_readers).out
    assert "First minus second" in long and "ICC(1,1)" in long


def test_a_reader_against_themselves(run: Any, two_readers: Path) -> None:
    document = run("quality", "agreement", "--within", "reader b", "--study", two_readers, "--json").document
    assert (document["within"], document["readers"]) == (True, ["Reader B"])
    snr = next(one for one in document["subjects"] if one["id"] == "t2w_snr")["agreement"]
    assert (snr["cases"], snr["statistics"]["observed"]["value"]) == (2, 0.0)


def test_unknown_readers_and_missing_repeats_are_told(run: Any, two_readers: Path) -> None:
    unknown = run("quality", "agreement", "Nobody", "Reader B", "--study", two_readers)
    assert unknown.code == 1 and "simulated reader" in unknown.err
    never = run("quality", "agreement", "--within", "simulated reader", "--study", two_readers)
    assert never.code == 1 and "repeat" in never.err
