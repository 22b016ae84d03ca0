"""A whole case: what is changed, what is not, and the record of it."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.degradations.case import degrade_case
from QualityFinetuneLib.quality.degradations.recipe import Recipe, packaged, single
from QualityFinetuneLib.quality.degradations.series import CaseImage

HEADERS = {"InPlanePhaseEncodingDirection": "ROW", "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}


def values(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image).astype(float)


def recipe(*steps: dict, seed: int = 0) -> Recipe:
    return Recipe.model_validate({"steps": list(steps), "seed": seed})


def test_a_degraded_case_is_simulated_by_name_flag_and_header(t2w) -> None:
    case = degrade_case({Role.T2W: t2w}, single("noise", 0.5), name="Case 7")
    assert case.simulated
    assert case.name == "Simulated Case 7"
    assert case.image(Role.T2W).GetMetaData("simulated") == "true"
    assert not t2w.HasMetaDataKey("simulated")
    assert degrade_case({Role.T2W: t2w}, single("noise", 0.5), name="Simulated x").name == "Simulated x"


def test_only_the_roles_of_a_step_change(t2w, diffusion, adc) -> None:
    case = degrade_case({Role.T2W: t2w, Role.DWI: diffusion, Role.ADC: adc}, single("motion", 0.5))
    assert [one.changed for one in case.record.series] == [True, False, False, False, False]
    assert case.image(Role.ADC) is adc


def test_what_happens_to_a_series_does_not_depend_on_the_others(t2w, diffusion) -> None:
    alone = degrade_case({Role.T2W: t2w}, packaged("moderate"))
    both = degrade_case({Role.DWI: diffusion, Role.T2W: t2w}, packaged("moderate"))
    np.testing.assert_array_equal(values(alone.image(Role.T2W)), values(both.image(Role.T2W)))


def test_steps_are_done_in_order_and_draw_apart(t2w) -> None:
    noise, blur = {"kind": "noise", "snr_db": 15}, {"kind": "truncation", "phase_percent": 30}
    one = degrade_case({Role.T2W: t2w}, recipe(noise, blur)).image(Role.T2W)
    other = degrade_case({Role.T2W: t2w}, recipe(blur, noise)).image(Role.T2W)
    air = values(t2w) == 0
    assert values(other)[air].std() > 1.3 * values(one)[air].std()
    once, twice = (degrade_case({Role.T2W: t2w}, recipe(*steps)).image(Role.T2W) for steps in ([noise], [noise] * 2))
    assert values(twice)[air].mean() > 1.2 * values(once)[air].mean()


def test_headers_tell_the_direction_of_phase_encoding(t2w) -> None:
    step = {"kind": "truncation", "phase_percent": 30}
    by_header = degrade_case([CaseImage(role=Role.T2W, image=t2w, headers=HEADERS)], recipe(step))
    stated = degrade_case({Role.T2W: t2w}, recipe({**step, "phase_encoding": "LR"}))
    assumed = degrade_case({Role.T2W: t2w}, recipe(step))
    np.testing.assert_array_equal(values(by_header.image(Role.T2W)), values(stated.image(Role.T2W)))
    assert (values(assumed.image(Role.T2W)) != values(stated.image(Role.T2W))).any()
    assert (by_header.record.series[0].phase_encoding, assumed.record.series[0].phase_encoding) == (
        "header",
        "assumed",
    )


def test_one_diffusion_volume_with_headers_speaks_for_the_scan(diffusion) -> None:
    bare = [CaseImage(role=Role.DWI, image=image, b_value=b) for b, image in diffusion.items()]
    told = [*bare[:2], CaseImage(role=Role.DWI, image=diffusion[800.0], b_value=800.0, headers=HEADERS)]
    case = degrade_case(told, single("n2_ghost", 0.5))
    assert {one.phase_encoding for one in case.record.series} == {"header"}


def test_the_record_repeats_the_case(t2w, diffusion, adc, gland) -> None:
    images = {Role.T2W: t2w, Role.DWI: diffusion, Role.ADC: adc}
    case = degrade_case(images, packaged("severe"), gland=gland, name="x", patient="p")
    again = degrade_case(images, case.record.recipe, gland=gland)
    for one, other in zip(case.images, again.images, strict=True):
        np.testing.assert_array_equal(values(one.image), values(other.image))
    record = case.record
    assert (record.source, record.patient, record.gland_from_mask) == ("x", "p", True)
    assert record.adc_b_values == (50.0, 400.0, 800.0)


def test_thicker_slices_of_the_scan_make_a_thicker_adc(diffusion, adc) -> None:
    step = {"kind": "thick_slices", "thicker_by_mm": 4.0, "grid": "thicker"}
    case = degrade_case({Role.DWI: diffusion, Role.ADC: adc}, recipe(step))
    assert case.image(Role.ADC).GetSize() == case.image(Role.DWI, b_value=50.0).GetSize() == (40, 44, 4)


def test_images_that_a_case_lacks_are_a_key_error(t2w) -> None:
    with pytest.raises(KeyError):
        degrade_case({Role.T2W: t2w}, single("noise", 0.5)).image(Role.ADC)


def test_a_case_without_images_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        degrade_case({}, single("noise", 0.5))
    assert caught.value.code is ErrorCode.MISSING_SERIES
