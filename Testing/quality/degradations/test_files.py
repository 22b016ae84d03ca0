"""Degraded cases on disk: a scan finds them again, simulated; nothing is written half."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.found import FoundMask
from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.files import degrade_found, load_record, write_case
from QualityFinetuneLib.quality.degradations.recipe import Recipe, packaged, single
from QualityFinetuneLib.quality.degradations.series import CaseImage


@pytest.fixture
def source(tmp_path: Path, t2w, diffusion, adc, gland) -> Path:
    """A case of files, as an import finds it."""
    folder = tmp_path / "source" / "Patient-0042"
    folder.mkdir(parents=True)
    sitk.WriteImage(t2w, str(folder / "t2w.nrrd"))
    sitk.WriteImage(t2w, str(folder / "t2w_old.nrrd"))
    sitk.WriteImage(adc, str(folder / "adc.nrrd"))
    sitk.WriteImage(gland, str(folder / "gland_reader.nrrd"))
    for b, image in diffusion.items():
        sitk.WriteImage(image, str(folder / f"b{b:g}.nrrd"))
    return folder.parent


def test_a_written_case_is_found_again_and_simulated(source: Path, tmp_path: Path) -> None:
    found = scan(source).cases[0]
    case = degrade_found(found, packaged("moderate"))
    written = write_case(case, tmp_path / "out", masks=found.masks)
    again = scan(tmp_path / "out")
    assert again.messages == ()
    (one,) = again.cases
    assert one.simulated
    assert one.name.startswith("Simulated ")
    assert {(s.role, s.b_value) for s in one.series} == {
        (s.role, s.b_value) for s in found.series if s.role is not Role.OTHER
    }
    assert [mask.task for mask in one.masks] == ["gland"]
    record = load_record(written)
    assert record == case.record
    assert record is not None
    assert (record.patient, record.source) == (found.patient, found.name)


def test_masks_are_untouched(source: Path, tmp_path: Path, gland) -> None:
    found = scan(source).cases[0]
    written = write_case(degrade_found(found, packaged("severe")), tmp_path / "out", masks=found.masks)
    np.testing.assert_array_equal(
        sitk.GetArrayFromImage(read_image(written / "gland_reader.nrrd")), sitk.GetArrayFromImage(gland)
    )


def test_masks_follow_onto_the_grid_of_thicker_slices(source: Path, tmp_path: Path) -> None:
    found = scan(source).cases[0]
    recipe = Recipe.model_validate({"steps": [{"kind": "thick_slices", "thicker_by_mm": 4, "grid": "thicker"}]})
    written = write_case(degrade_found(found, recipe, name="thick"), tmp_path, masks=found.masks)
    image, mask = (read_image(written / f"{name}.nrrd") for name in ("t2w", "gland_reader"))
    assert written.name == "Simulated thick"
    assert image.GetSize() == mask.GetSize()
    assert set(np.unique(sitk.GetArrayFromImage(mask))) == {0, 1}


def test_a_folder_that_is_there_is_never_written_over(source: Path, tmp_path: Path) -> None:
    case = degrade_found(scan(source).cases[0], single("noise", 0.3))
    write_case(case, tmp_path / "out")
    with pytest.raises(UserError) as caught:
        write_case(case, tmp_path / "out")
    assert caught.value.code is ErrorCode.CONFLICT


def test_a_failure_leaves_nothing_behind(source: Path, tmp_path: Path) -> None:
    case = degrade_found(scan(source).cases[0], single("noise", 0.3))
    missing = FoundMask(task="gland", path=tmp_path / "nowhere.nrrd", source="gland")
    with pytest.raises(UserError):
        write_case(case, tmp_path / "out", masks=[missing])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_case_without_a_record_has_none(tmp_path: Path) -> None:
    assert load_record(tmp_path) is None


def test_the_simulated_cohort_can_be_degraded(cohort: Path, tmp_path: Path) -> None:
    found = scan(cohort).cases[0]
    case = degrade_found(found, packaged("mild"))
    assert case.record.source_simulated
    assert case.record.adc_from_synthetic_signals
    write_case(case, tmp_path, masks=found.masks)
    assert {mask.task for mask in scan(tmp_path).cases[0].masks} == {"gland", "zones", "lesion"}


def test_two_volumes_for_one_purpose_are_both_kept(t2w, tmp_path: Path) -> None:
    images = [CaseImage(role=Role.DWI, image=t2w, b_value=100.0)] * 2
    written = write_case(degrade_case(images, single("n2_ghost", 0.5)), tmp_path)
    assert {path.name for path in written.iterdir()} == {"b100.nrrd", "b100_2.nrrd", "simulated.yaml"}
