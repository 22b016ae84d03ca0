from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.degradations import load_record, packaged
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.degrading import degrade_exam, degrade_into, images_of, recipe_of
from QualityFinetuneLib.workflow.exams import exam_of_case, exams_at
from QualityFinetuneLib.workflow.importing import import_folder


def test_a_case_of_a_study_becomes_a_case_that_can_be_imported(study: Study, tmp_path: Path) -> None:
    exam = exam_of_case(study, study.cases.all()[0])
    recipe = recipe_of(kind="noise", severity=0.5, seed=3)
    written = degrade_into(exam, recipe, tmp_path / "out")
    assert written.name.startswith("Simulated ")
    record = load_record(written)
    assert record is not None and record.recipe == recipe and record.gland_from_mask
    report = import_folder(study, tmp_path / "out")
    (case,) = report.added
    assert case.simulated and report.masks == len(exam.masks)


def test_nothing_but_what_the_recipe_names_changes(cohort: Path) -> None:
    exam = exams_at(cohort)[0][0]
    done = degrade_exam(exam, recipe_of(kind="noise", severity=1.0))
    before = {one.name: sitk.GetArrayFromImage(one.image) for one in images_of(exam)}
    changed = {
        one.name for one in done.images if not np.array_equal(sitk.GetArrayFromImage(one.image), before[one.name])
    }
    assert changed == {Role.T2W.value}


def test_recipes_by_name_by_file_and_with_another_seed(tmp_path: Path) -> None:
    assert recipe_of("mild") == packaged("mild")
    assert recipe_of("mild", seed=9).seed == 9
    own = tmp_path / "own.yaml"
    own.write_text("name: own\nsteps:\n  - {kind: noise, severity: 0.2}\n")
    assert recipe_of(own).name == "own"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "bad_config"),
        ({"name": "mild", "kind": "noise"}, "bad_config"),
        ({"kind": "noise"}, "bad_config"),
        ({"kind": "noise", "severity": 1.5}, "bad_config"),
        ({"kind": "beauty", "severity": 0.5}, "not_found"),
        ({"name": "beautiful"}, "not_found"),
    ],
)
def test_what_is_no_recipe_is_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(UserError) as caught:
        recipe_of(**given)  # type: ignore[arg-type]
    assert caught.value.code == code
