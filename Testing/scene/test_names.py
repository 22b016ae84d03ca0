"""Names of nodes tell the role, never the patient, and say `simulated` where it is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.scene import names


def _series(role, **values):
    return SimpleNamespace(**{"role": role, "b_value": None, "calculated": None, "time_index": None, **values})


@pytest.mark.parametrize(
    ("series", "name"),
    [
        (_series(Role.T2W), "T2w"),
        (_series(Role.HBV, b_value=1400.0, calculated=True), "High b 1400, calculated"),
        (_series(Role.HBV, b_value=1500.0, calculated=False), "High b 1500"),
        (_series(Role.DWI, b_value=50.0), "DWI b50"),
        (_series(Role.ADC, b_value=800.0), "ADC"),
        (_series(Role.DCE, time_index=2), "DCE 03"),
    ],
)
def test_a_series_is_called_by_its_role(series, name):
    assert names.series_name(series, simulated=False) == name
    assert names.series_name(series, simulated=True) == f"{name}, simulated"


def test_an_annotation_tells_origin_and_status():
    annotation = SimpleNamespace(origin="model", status="draft")
    assert names.annotation_name("Gland", annotation, simulated=False) == "Gland (model, draft)"
    assert names.annotation_name("Gland", None, simulated=True) == "Gland (new), simulated"


def test_every_role_has_a_name():
    assert set(names.ROLE_NAMES) == set(Role)
