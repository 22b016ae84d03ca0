"""Where a model's uncertainty map lies."""

from __future__ import annotations

import shutil

import pytest

from QualityFinetuneLib.study.records import Annotation, NewAnnotation
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import review
from QualityFinetuneLib.workflow.uncertainty import uncertainty_of


@pytest.fixture
def draft(study: Study) -> Annotation:
    """A model's mask in the folder of its run."""
    run = study.runs.create(kind="predict", title="Predicted", config={"task": "gland", "cases": []}, seed=0)
    folder = run.folder / "predictions"
    folder.mkdir(parents=True)
    shutil.copy(study.annotations.current(1, "gland").path, folder / "case-0001.nrrd")  # type: ignore[union-attr]
    return study.annotations.add(
        NewAnnotation(
            case_id=1,
            task="gland",
            origin="model",
            status="draft",
            path=folder / "case-0001.nrrd",
            source="m",
            run_id=run.id,
        )
    )


def test_without_a_map_there_is_none(study: Study, draft: Annotation) -> None:
    assert uncertainty_of(study, draft) is None
    assert uncertainty_of(study, study.annotations.history(1, "gland")[0]) is None


def test_it_lies_beside_the_mask_and_goes_with_its_verdicts(study: Study, draft: Annotation) -> None:
    path = draft.path.with_name("case-0001-uncertainty.nrrd")
    path.write_bytes(b"a map")
    assert uncertainty_of(study, draft) == path
    reader = study.readers.ensure("A")
    corrected = study.paths.new_annotation(study.cases.get(1), "gland")
    shutil.copy(draft.path, corrected)
    assert uncertainty_of(study, review.correct(study, draft, corrected, reader=reader)) == path
