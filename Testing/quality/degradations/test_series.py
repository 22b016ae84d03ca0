"""The images of a case as degradations see them, and the names that a scan recognises."""

from __future__ import annotations

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.degradations.series import CaseImage, case_images

IMAGE = sitk.Image(2, 2, 2, sitk.sitkInt16)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"role": Role.T2W}, "t2w"),
        ({"role": Role.T2W_SAG}, "t2w_sag"),
        ({"role": Role.DWI, "b_value": 400.0}, "b400"),
        ({"role": Role.DWI, "b_value": 1400.0, "calculated": True}, "b1400_calc"),
        ({"role": Role.DWI}, "dwi"),
        ({"role": Role.HBV}, "hbv"),
        ({"role": Role.HBV, "calculated": True}, "hbv_calc"),
        ({"role": Role.HBV, "calculated": False}, "hbv_acq"),
        ({"role": Role.DCE, "time_index": 3}, "dce_04"),
    ],
)
def test_names(options, name) -> None:
    assert CaseImage(image=IMAGE, **options).name == name


def test_a_mapping_gives_b_values() -> None:
    found = case_images({Role.T2W: IMAGE, Role.DWI: {50: IMAGE, 800: IMAGE}})
    assert [(one.role, one.b_value) for one in found] == [(Role.T2W, None), (Role.DWI, 50.0), (Role.DWI, 800.0)]


@pytest.mark.parametrize(("text", "expected"), [("1400", 1400.0), ("nan", None), ("high", None), ("-5", None)])
def test_the_header_of_a_simulated_image_tells_its_b_value(text, expected) -> None:
    image = sitk.Image(IMAGE)
    image.SetMetaData("b_value", text)
    assert case_images({Role.HBV: image})[0].b_value == expected
