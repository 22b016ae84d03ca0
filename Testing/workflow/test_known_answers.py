"""What is known about exams: records first, and volumes that masks tell."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.study.records import NewAnnotation, NewAnswer
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.known_answers import known_answers

PI_RADS, VOLUME = load_task("pi_rads"), load_task("prostate_volume")


def test_a_volume_that_nobody_gave_is_that_of_the_gland_mask_and_says_so(study: Study) -> None:
    study.answers.add(
        NewAnswer(
            case_id=1,
            task="prostate_volume",
            origin="imported",
            status="accepted",
            values={"Volume": 52.0},
            source="t.csv",
        )
    )
    known = known_answers(study, VOLUME)
    assert sorted(known) == [1, 2, 3, 4, 5, 6]
    assert (known[1].numbers, known[1].source) == ((52.0,), "imported, t.csv")
    mask = study.annotations.trainable("gland")[2]
    assert known[2].annotation == mask and known[2].answer is None
    assert f"annotation {mask.id}" in known[2].source and "derived" in known[2].source
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(sitk.Cast(sitk.ReadImage(str(mask.path)) > 0, sitk.sitkUInt8))
    assert known[2].numbers[0] == pytest.approx(statistics.GetPhysicalSize(1) / 1000.0)


def test_a_corrected_mask_counts_at_once_and_an_empty_one_not_at_all(study: Study) -> None:
    before = known_answers(study, VOLUME)[3]
    mask = sitk.ReadImage(str(study.annotations.trainable("gland")[3].path))
    for values in (sitk.GetArrayFromImage(mask), np.zeros(mask.GetSize()[::-1], np.uint8)):
        values[: len(values) // 2] = 0
        changed = sitk.GetImageFromArray(values)
        changed.CopyInformation(mask)
        path = study.paths.new_annotation(study.cases.get(3), "gland")
        sitk.WriteImage(changed, str(path))
        study.annotations.add(
            NewAnnotation(
                case_id=3, task="gland", origin="reader", status="corrected", path=path,
                reader_id=study.readers.ensure("Reader A").id,
            )
        )  # fmt: skip
        known = known_answers(study, VOLUME)
        if values.any():
            assert known[3].numbers[0] < before.numbers[0]  # type: ignore[operator]
        else:
            assert 3 not in known


def test_a_draft_is_not_known_and_a_reader_is_named_as_such(study: Study) -> None:
    run = study.runs.create("predict", "t", {}, 0)
    study.answers.add(
        NewAnswer(case_id=1, task="pi_rads", origin="model", status="draft", values={"grade": 4.0}, run_id=run.id)
    )
    assert known_answers(study, PI_RADS) == {}
    study.answers.add(
        NewAnswer(
            case_id=1, task="pi_rads", origin="reader", status="accepted", values={"grade": 5.0},
            reader_id=study.readers.ensure("Reader A").id,
        )
    )  # fmt: skip
    (known,) = known_answers(study, PI_RADS).values()
    assert (known.numbers, known.source) == ((5.0,), "given by a reader")
