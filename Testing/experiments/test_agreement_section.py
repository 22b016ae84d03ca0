"""What a report tells about agreement, from one reader to several, and when there is nothing to tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from QualityFinetuneLib.experiments.agreement_section import agreement_section
from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.adjudicating import adjudicate
from QualityFinetuneLib.workflow.rating import Rater

LOW = ("t2w_snr", "t2w_structures")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Eight cases without images and without readings."""
    with Study.create(tmp_path / "study", name="Agreement") as made:
        for number in range(8):
            made.cases.add(patient=f"p{number}", exam=f"e{number}", name=f"n{number}", series=[])
        yield made


def read(study: Study, reader: str, low: set[int], *, cases: int = 8, repeat: int = 0) -> None:
    for case in study.cases.all()[:cases]:
        rater = Rater(study, study.readers.ensure(reader), case, repeat=repeat)
        for item in rater.form.items(rater.protocol):
            rater.set(item.id, not (case.id in low and item.id in LOW))
        rater.save()


def test_without_a_second_reader_it_says_so(study: Study) -> None:
    assert agreement_section(study, blinded=True).why_none.startswith("Nobody has rated")
    read(study, "Ann", {1, 2})
    section = agreement_section(study, blinded=True)
    assert section.between is None and section.why_none.startswith("Only one reader has rated")
    study.readers.ensure("Adjudicator without a reading")
    assert agreement_section(study, blinded=True).between is None


def test_readers_of_different_cases_cannot_be_compared(study: Study) -> None:
    read(study, "Ann", set(), cases=1)
    rater = Rater(study, study.readers.ensure("Bob"), study.cases.get(5))
    for item in rater.form.items(rater.protocol):
        rater.set(item.id, True)
    rater.save()
    assert "No case was rated by two readers" in agreement_section(study, blinded=True).why_none


def test_two_readers_are_counted_case_by_case(study: Study) -> None:
    read(study, "Ann", {1, 2, 3})
    read(study, "Bob", {2, 3, 4})
    section = agreement_section(study, blinded=False)
    assert section.between is not None and section.between.title == "Ann and Bob"
    lines = {line.title: line for line in section.between.lines}
    quality = lines["High against low quality"]
    assert quality.percent.value == pytest.approx(6 / 8) and quality.cases == 8
    assert quality.ac_name == "AC1" and quality.kappa.value is not None and quality.kappa.low is not None
    assert lines["exam score"].ac_name == "AC2" and lines["exam score"].limits.startswith("+0.00 (")
    exam = next(one for one in section.between.crossed if one.title == "exam score")
    assert (exam.first, exam.second, exam.scale) == ("Ann", "Bob", (1, 2, 3))
    assert exam.counts == ((2, 0, 1), (0, 0, 0), (1, 0, 4))
    assert (section.open, section.decided) == (2, 0)


def test_three_readers_have_numbers_but_no_table_of_pairs(study: Study) -> None:
    for name in ("Ann", "Bob", "Cy"):
        read(study, name, {len(name)})
    section = agreement_section(study, blinded=True)
    assert section.between is not None and section.between.crossed == ()
    assert section.between.title == "Reader 1 and Reader 2 and Reader 3"
    assert {line.kappa_name for line in section.between.lines} == {"Fleiss"}


def test_repeats_are_held_against_the_first_reading(study: Study) -> None:
    read(study, "Ann", {1, 2})
    read(study, "Ann", {2}, cases=4, repeat=1)
    (within,) = agreement_section(study, blinded=True).within
    assert within.title == "Reader 1"
    quality = next(line for line in within.lines if line.kind == "quality")
    assert (quality.cases, quality.percent.value) == (4, pytest.approx(3 / 4))
    assert next(one for one in within.crossed if one.title == "exam score").first == "first reading"


def test_decided_cases_are_counted(study: Study) -> None:
    read(study, "Ann", {1, 2})
    read(study, "Bob", {2, 3})
    adjudicate(study, study.cases.get(1), study.readers.ensure("Cy"), dict.fromkeys(LOW, True))
    section = agreement_section(study, blinded=True)
    assert (section.open, section.decided) == (1, 1)


def test_the_report_shows_it_without_names_where_blinded(study: Study, tmp_path: Path) -> None:
    read(study, "Ann Example", {1, 2, 3})
    read(study, "Bob Example", {2, 3, 4})
    write_report(study, tmp_path / "r.html", pictures={})
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Reader 1 and Reader 2" in html and "Example" not in html
    assert "Scores of the two readers against each other" in html
    assert "2 cases with different exam scores wait for a decision" in html
