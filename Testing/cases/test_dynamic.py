"""Time points of dynamic series: as one series, as a series each, past midnight, and what is none."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.dynamic import strays, time_points
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.stacks import sort_slices


def points(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    return time_points(sort_slices([one for path in files for one in read_slices(path)]).stacks)


def times(dicom) -> list[float | None]:
    found = points(dicom)
    assert [p.index for p in found] == list(range(len(found)))
    return [p.time_s for p in found]


def test_a_series_for_each_time_point_in_any_order(dicom) -> None:
    for second in (8, 0, 4):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12570{second}.5"})
    assert times(dicom) == [0, 4, 8]


def test_one_series_with_temporal_positions_and_trigger_times(dicom) -> None:
    """GE: one acquisition time for all, the time point's own in TriggerTime, in ms."""
    for number in (2, 0, 1, 3):
        tags = {"TemporalPositionIdentifier": number + 1, "TriggerTime": 7500 * number, "AcquisitionTime": "120000"}
        dicom.series(dicom.DCE | tags, series="1.2")
    assert times(dicom) == [0, 7.5, 15, 22.5]


def test_positions_alone_give_the_order_without_times(dicom) -> None:
    for number in (2, 0, 1):
        dicom.series(dicom.DCE | {"TemporalPositionIdentifier": number + 1}, series="1.2")
    found = points(dicom)
    assert [p.stack.head.temporal_index for p in found] == [1, 2, 3]
    assert [p.time_s for p in found] == [None] * 3


def test_midnight_does_not_turn_time_back(dicom) -> None:
    for time in ("000002", "235958", "000006"):
        dicom.series(dicom.DCE | {"AcquisitionTime": time})
    assert times(dicom) == [0, 4, 8]


def test_an_enhanced_file_holds_them_all(dicom) -> None:
    tags = dict(dicom.DCE)
    dicom.enhanced(dicom.folder / "enhanced", [(0, 2), (0, 0), (0, 1)], dicom.Volume(), **tags)
    assert times(dicom) == [0, 60, 120]


def test_enhanced_files_may_state_the_offset_of_each_position(dicom) -> None:
    for number in range(3):
        tags = {"TemporalPositionTimeOffset": 9.5 * number, "TemporalPositionIndex": number + 1}
        dicom.series(dicom.DCE | tags | {"AcquisitionTime": "120000"})
    assert times(dicom) == [0, 9.5, 19]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_volumes_are_no_dynamic_series(dicom, count) -> None:
    dicom.folder.mkdir()
    for second in range(count):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"})
    assert points(dicom) == []


@pytest.mark.parametrize(
    "other",
    [
        {"EchoTime": 2.5},
        {"RepetitionTime": 9},
        {"ProtocolName": "t1 map"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "W"]},
    ],
)
def test_other_protocols_do_not_join(dicom, other) -> None:
    for second in range(3):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"})
    dicom.series(dicom.DCE | {"AcquisitionTime": "115900"} | other)
    assert len(points(dicom)) == 3


def test_a_time_point_on_another_grid_is_a_stray(dicom) -> None:
    for second in range(4):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"}, skip=[5] if second == 2 else [])
    dicom.series(dicom.DCE | {"ProtocolName": "another"})
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    stacks = sort_slices([one for path in files for one in read_slices(path)]).stacks
    found = time_points(stacks)
    assert [p.time_s for p in found] == [0, 1, 3]
    assert [len(s.slices) for s in strays(stacks, found)] == [5]


def test_another_grid_does_not_join(dicom) -> None:
    for second in range(3):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"12000{second}"})
    dicom.series(dicom.DCE | {"AcquisitionTime": "115900"}, at=dicom.Volume(size=(10, 8, 7)))
    assert {p.stack.geometry.size[2] for p in points(dicom)} == {6}
