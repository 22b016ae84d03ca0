"""Which series comes first in each role."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.cases.found import FoundCase, FoundSeries
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.preference import adc_rank, in_order, t2w_rank, with_high_b
from QualityFinetuneLib.cases.roles import HIGH_B_FROM, Role
from QualityFinetuneLib.cases.stacks import sort_slices


def dwi(b_value, *, calculated=False, role=Role.DWI, name="") -> FoundSeries:
    name = name or f"b{b_value}{'c' if calculated else ''}"
    return FoundSeries(role=role, paths=(Path(name),), name=name, b_value=b_value, calculated=calculated)


def hbv_names(*series) -> list[str]:
    return [s.name for s in in_order(with_high_b(series)) if s.role is Role.HBV]


@pytest.mark.parametrize(
    "series, expected",
    [
        ([dwi(50), dwi(800)], []),
        ([dwi(50), dwi(800), dwi(1000, calculated=True)], ["b1000c"]),
        ([dwi(50), dwi(1000), dwi(1200)], ["b1200"]),
        ([dwi(50), dwi(1000), dwi(1400)], ["b1400"]),
        ([dwi(1600, calculated=True), dwi(1400)], ["b1400", "b1600c"]),
        ([dwi(1000), dwi(1500, calculated=True)], ["b1500c"]),
        ([dwi(1400), dwi(2000)], ["b2000", "b1400"]),
        ([dwi(1000, calculated=True), dwi(1000)], ["b1000", "b1000c"]),
        ([dwi(None, role=Role.HBV, name="hbv"), dwi(1000)], ["hbv"]),
        ([dwi(None)], []),
    ],
)
def test_the_high_b_channel_is_chosen(series, expected) -> None:
    assert hbv_names(*series) == expected


@given(st.lists(st.tuples(st.integers(0, 3000), st.booleans()), max_size=8))
def test_high_b_is_given_whenever_there_is_one_and_never_below_the_limit(values) -> None:
    series = with_high_b([dwi(b, calculated=c) for b, c in values])
    high = [s for s in series if s.role is Role.HBV]
    assert bool(high) == any(b >= HIGH_B_FROM for b, _ in values)
    assert all(s.b_value >= HIGH_B_FROM for s in high)
    assert len(series) == len(values)


def test_series_are_ordered_by_role_then_b_value_then_time() -> None:
    def one(role, name, **options) -> FoundSeries:
        return FoundSeries(role=role, paths=(Path(name),), name=name, **options)

    mixed = [
        one(Role.OTHER, "other"),
        one(Role.DCE, "late", time_index=1),
        one(Role.DCE, "early", time_index=0),
        dwi(800),
        dwi(50),
        one(Role.ADC, "adc"),
        one(Role.T2W, "first"),
        one(Role.T2W, "second"),
    ]
    ordered = in_order(mixed)
    assert [s.name for s in ordered] == ["first", "second", "adc", "b50", "b800", "early", "late", "other"]
    case = FoundCase(patient="p", exam="e", name="n", series=ordered)
    assert case.first(Role.T2W).name == "first"
    assert case.first(Role.HBV) is None


def ranked(dicom) -> list[str]:
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    stacks = sort_slices([one for path in files for one in read_slices(path)]).stacks
    return [s.head.description for s in sorted(stacks, key=t2w_rank)]


def test_the_repeat_of_a_t2w_is_preferred(dicom) -> None:
    for time, name in ((115000, "first run"), (121000, "repeat")):
        dicom.series(dicom.T2W | {"SeriesDescription": name, "AcquisitionTime": str(time)})
    assert ranked(dicom) == ["repeat", "first run"]


def test_a_fine_plain_2d_t2w_is_preferred(dicom) -> None:
    def one(name, spacing=0.5, **tags) -> None:
        at = dicom.Volume(spacing_mm=(spacing, spacing, 3.0))
        dicom.series(dicom.T2W | {"SeriesDescription": name} | tags, at=at)

    one("pelvis", spacing=0.9, AcquisitionTime="130000")
    one("space", MRAcquisitionType="3D")
    one("fat saturated", ScanOptions=["FS", "PFP"])
    one("wanted")
    one("unfiltered", ImageType=["ORIGINAL", "PRIMARY", "M", "ND"], AcquisitionTime="140000")
    assert ranked(dicom) == ["wanted", "unfiltered", "pelvis", "space", "fat saturated"]


def test_an_adc_from_b_values_up_to_1000_is_preferred(dicom) -> None:
    dicom.series(dicom.ADC)
    stack = sort_slices([read_slices(p)[0] for p in (dicom.folder / "dicom").iterdir()]).stacks[0]
    ranks = [adc_rank(stack, sources) for sources in ((0, 800), (), (100, 1400))]
    assert ranks == sorted(ranks)
