from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.agreement.two import agreement
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.quality.reading import fill
from QualityFinetuneLib.study.records import NewReading, Reader, Reading
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.agreement import (
    SubjectAgreement,
    between_readers,
    comparable,
    subjects,
    within_reader,
)

Read = Callable[..., Reading]
FORM = load_form("pi-qual-v2")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Six cases without images: agreement looks at none."""
    with Study.create(tmp_path / "study", name="Agreement") as made:
        for number in range(6):
            made.cases.add(patient=f"P{number}", exam=f"E{number}", name=f"N{number}", series=[])
        yield made


@pytest.fixture
def read(study: Study) -> Read:
    """`read(case_id, "A", t2w_snr=False)` saves a reading in which everything else is met."""

    def do(case_id: int, reader: str, *, repeat: int = 0, **answers: bool) -> Reading:
        values = {item.id: True for item in FORM.items("bpmri")} | answers
        filled = fill(FORM, values, protocol="bpmri")
        return study.readings.add(
            NewReading(
                case_id=case_id, reader_id=study.readers.ensure(reader).id, form=FORM.name, form_version=FORM.version,
                protocol="bpmri", values=filled.values, exam_score=filled.score.exam, scores={**filled.score.scores},
                started=NOON, finished=NOON, active_s=60, repeat=repeat,
            )
        )  # fmt: skip

    return do


def of(found: list[SubjectAgreement], name: str) -> SubjectAgreement:
    return next(one for one in found if one.id == name)


def readers(study: Study) -> list[Reader]:
    return study.readers.all()


def test_every_score_and_item_of_the_protocol_is_a_subject(study: Study) -> None:
    found = subjects(study)
    assert [one.id for one in found if one.kind == "item"] == [item.id for item in FORM.items("bpmri")]
    assert [one.id for one in found if one.kind == "score"] == [score.id for score in FORM.scores_for("bpmri")]
    assert (found[0].id, found[0].scale) == ("quality", (0, 1))
    assert next(one for one in found if one.id == "exam").scale == (1, 2, 3)
    assert {one.part for one in found if one.kind == "item"} == {"technical", "visual"}


def test_agreement_between_two_readers_is_that_of_their_answers(study: Study, read: Read) -> None:
    answers = [(True, True), (True, False), (False, False), (False, True), (True, True), (True, None)]
    for case_id, (first, second) in enumerate(answers, start=1):
        read(case_id, "A", t2w_snr=first)
        if second is not None:
            read(case_id, "B", t2w_snr=second)
    found = between_readers(study, readers(study))
    snr = of(found, "t2w_snr").agreement
    expected = agreement(answers, categories=(False, True))
    assert snr.statistics["kappa"] == expected.kappa
    assert snr.statistics["observed"] == expected.observed
    assert (snr.cases, snr.complete, snr.raters, snr.level) == (5, 5, 2, "nominal")
    exam = of(found, "exam").agreement
    assert exam.level == "ordinal" and exam.differences is not None
    # Two of five differ in one point of T2W, so in the exam score: 3 against 2.
    assert exam.statistics["observed"].value == pytest.approx(0.6)
    assert of(found, "quality").agreement.statistics["observed"].value == pytest.approx(1.0)


def test_three_readers_are_compared_at_once_and_readings_of_another_kind_do_not_count(
    study: Study, read: Read
) -> None:
    for case_id in (1, 2, 3):
        for reader in "ABC":
            read(case_id, reader, t2w_snr=case_id != 2)
    read(1, "A", repeat=1, t2w_snr=False)
    last = study.readings.all()[0]
    study.readings.add(
        NewReading(
            case_id=4, reader_id=last.reader_id, form="pi-qual-v1", form_version="1", protocol="mpmri",
            values={}, exam_score=5, started=NOON, finished=NOON, active_s=1,
        )
    )  # fmt: skip
    assert len(comparable(study)) == 9
    assert len(comparable(study, repeats=True)) == 10
    snr = of(between_readers(study, readers(study)), "t2w_snr").agreement
    assert snr.statistics["fleiss"].value == pytest.approx(1.0)
    assert snr.raters == 3
    two = between_readers(study, readers(study)[:2], kinds=["quality"])
    assert [one.id for one in two] == ["quality"]


def test_a_reader_is_compared_with_their_own_repeats_not_with_corrections(study: Study, read: Read) -> None:
    for case_id, (first, second) in enumerate([(True, True), (True, False), (False, False)], start=1):
        read(case_id, "A", t2w_snr=not first)  # corrected by the next one
        read(case_id, "A", t2w_snr=first)
        read(case_id, "A", t2w_snr=second, repeat=1)
    read(4, "A")
    read(1, "B", t2w_snr=False)
    snr = of(within_reader(study, readers(study)[0]), "t2w_snr").agreement
    assert (snr.cases, snr.raters) == (3, 2)
    assert snr.statistics["observed"].value == pytest.approx(2 / 3)


def test_a_value_of_an_older_form_widens_the_scale(study: Study, read: Read) -> None:
    read(1, "A")
    read(1, "B")
    for reader in readers(study):
        study.readings.add(
            NewReading(
                case_id=2, reader_id=reader.id, form=FORM.name, form_version="0.9", protocol="bpmri",
                values={}, exam_score=5, scores={"exam": 5}, started=NOON, finished=NOON, active_s=1,
            )
        )  # fmt: skip
    assert of(between_readers(study, readers(study)), "exam").agreement.scale == (1, 2, 3, 5)


def test_too_few_readers_or_repeats_are_told(study: Study, read: Read) -> None:
    read(1, "A")
    with pytest.raises(UserError) as told:
        between_readers(study, readers(study))
    assert told.value.code is ErrorCode.TOO_FEW_CASES
    assert "A" in told.value.why
    with pytest.raises(UserError) as told:
        within_reader(study, readers(study)[0])
    assert "correction" in told.value.why


def test_the_quality_rule_may_look_at_one_sequence(study: Study, read: Read) -> None:
    rule = study.settings.quality_rule.model_copy(
        update={"kind": "section_score_at_least", "section": "t2w", "threshold": 4}
    )
    study.save_settings(study.settings.model_copy(update={"quality_rule": rule}))
    read(1, "A")
    read(1, "B", t2w_snr=False)
    read(2, "A", dwi_snr=False)
    read(2, "B")
    high = of(between_readers(study, readers(study)), "quality").agreement
    assert high.statistics["observed"].value == pytest.approx(0.5)
