"""The receive coil is told by the name that the scanner gave it, and unknown where that says nothing."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.technical import technical_headers
from QualityFinetuneLib.quality.form import Form
from QualityFinetuneLib.quality.measured_coil import kind_of
from QualityFinetuneLib.quality.series_headers import SeriesHeaders
from QualityFinetuneLib.quality.technical import recommended_values


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("BO1,2;SP5", "array on the body"),
        ("d:BO1-3;SP4-6", "array on the body"),
        ("8US TORSOPA", "array on the body"),
        ("SENSE-XL-Torso", "array on the body"),
        ("Endo_Cavitary", "endorectal coil"),
        ("ENDORECTAL", "endorectal coil"),
        ("eCoil", "endorectal coil"),
        ("ERC", "endorectal coil"),
        ("B", "coil built into the magnet"),
        ("Body", "coil built into the magnet"),
        ("Dual coil", None),
        ("PERCEPT", None),
        ("HE1-4", None),
        ("", None),
    ],
)
def test_names_of_vendors(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def finding(form: Form, *names: str) -> tuple[bool | None, str]:
    series = [SeriesHeaders(role=Role.T2W, headers={"ReceiveCoilName": name} if name else {}) for name in names]
    found = recommended_values(form, series)["t2w_receive_coil"]
    return found.passed, found.found


def test_any_coil_that_is_told_passes_as_none_is_required(v2: Form) -> None:
    assert finding(v2, "BO1,2;SP5") == (True, "array on the body (BO1,2;SP5), no endorectal coil named")
    assert finding(v2, "ENDORECTAL", "BO1;SP5") == (
        True,
        "endorectal coil and array on the body (ENDORECTAL and BO1;SP5)",
    )
    assert "t2w_receive_coil" not in {item.id for item in v2.items()}


def test_what_is_not_told_is_unknown(v2: Form) -> None:
    assert finding(v2, "") == (None, "The receive coil is not in the headers.")
    passed, found = finding(v2, "Dual coil")
    assert passed is None and found.startswith("Dual coil; the name does not tell")


@pytest.mark.parametrize(
    ("value", "kept"), [(b"BO1,2;SP5 ", "BO1,2;SP5"), ("d:BO1", "d:BO1"), (b"Smith John", None), (b"", None)]
)
def test_the_private_list_of_coil_elements_is_kept_when_it_is_one(value: bytes | str, kept: str | None) -> None:
    headers = Dataset()
    headers.private_block(0x0051, "SIEMENS MR HEADER", create=True).add_new(
        0x0F, "UN" if isinstance(value, bytes) else "LO", value
    )
    assert technical_headers(headers).get("ReceiveCoilName") == kept
    headers.ReceiveCoilName = "Torso"
    assert technical_headers(headers)["ReceiveCoilName"] == "Torso"
