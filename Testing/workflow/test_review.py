"""A reader's verdict adds a record; the one before stays; only reviewed masks can be trained on."""

from __future__ import annotations

from pathlib import Path

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import read_image, write_image
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Annotation, NewAnnotation, Reader
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import review


@pytest.fixture
def reader(study: Study) -> Reader:
    return study.readers.ensure("Reader A")


@pytest.fixture
def draft(study: Study) -> Annotation:
    """A model's zones of case 1: the reference, a little too large."""
    reference = study.annotations.current(1, "zones")
    assert reference is not None
    study.annotations.add(
        NewAnnotation(
            case_id=1,
            task="zones",
            origin="imported",
            status="rejected",
            path=reference.path,
            supersedes=reference.id,
        )
    )
    path = study.paths.new_annotation(study.cases.get(1), "zones")
    mask = read_image(reference.path)
    write_image(sitk.Cast(sitk.GrayscaleDilate(mask, (1, 1, 0)), sitk.sitkUInt8), path)
    return study.annotations.add(
        NewAnnotation(case_id=1, task="zones", origin="model", status="draft", path=path, source="zones 1")
    )


def corrected(study: Study, draft: Annotation) -> Path:
    path = study.paths.new_annotation(study.cases.get(1), "zones")
    mask = sitk.GetArrayFromImage(read_image(draft.path))
    mask[len(mask) // 2] = 0
    image = sitk.GetImageFromArray(mask)
    image.CopyInformation(read_image(draft.path))
    write_image(image, path)
    return path


def test_a_draft_cannot_be_trained_on_until_it_is_accepted(study: Study, draft: Annotation, reader: Reader) -> None:
    assert 1 not in study.annotations.trainable("zones")
    accepted = review.accept(study, draft, reader=reader)
    assert study.annotations.trainable("zones")[1] == accepted
    assert (accepted.status, accepted.origin, accepted.supersedes) == ("accepted", "model", draft.id)
    assert accepted.path == draft.path
    assert [a.status for a in study.annotations.history(1, "zones")][-2:] == ["draft", "accepted"]


def test_a_correction_keeps_how_much_was_changed(study: Study, draft: Annotation, reader: Reader) -> None:
    done = review.correct(study, draft, corrected(study, draft), reader=reader)
    assert done.status == "corrected"
    assert done.reader_id == reader.id
    assert done.changes is not None
    assert 0.5 < done.changes["dice"] < 1.0
    assert done.changes["added_ml"] == 0.0
    assert done.changes["removed_ml"] > 0.0
    assert set(done.changes["labels"]) == {"PZ", "TZ"}
    assert study.annotations.trainable("zones")[1] == done


def test_a_rejected_draft_is_used_for_nothing(study: Study, draft: Annotation, reader: Reader) -> None:
    review.reject(study, draft, reader=reader)
    assert study.annotations.current(1, "zones") is None
    assert len(study.annotations.history(1, "zones")) == 4


def test_a_verdict_on_what_was_reviewed_already_is_refused(study: Study, draft: Annotation, reader: Reader) -> None:
    review.accept(study, draft, reader=reader)
    for verdict in (review.accept, review.reject):
        with pytest.raises(UserError) as failure:
            verdict(study, draft, reader=reader)
        assert failure.value.code is ErrorCode.CONFLICT


def test_a_correction_off_the_grid_is_refused(study: Study, draft: Annotation, reader: Reader) -> None:
    path = study.paths.new_annotation(study.cases.get(1), "zones")
    write_image(read_image(draft.path)[:, :, 1:], path)
    with pytest.raises(UserError) as failure:
        review.correct(study, draft, path, reader=reader)
    assert failure.value.code is ErrorCode.BAD_GEOMETRY
    assert study.annotations.current(1, "zones") == draft


def test_a_mask_drawn_from_nothing_is_the_readers(study: Study, draft: Annotation, reader: Reader) -> None:
    drawn = review.draw(study, 1, "zones", corrected(study, draft), reader=reader)
    assert (drawn.origin, drawn.status, drawn.changes) == ("reader", "accepted", None)
    assert study.annotations.trainable("zones")[1] == drawn
