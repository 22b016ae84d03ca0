"""Slices into volumes: order by place, splits, copies, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.stacks import sort_slices
from QualityFinetuneLib.common.errors import ErrorCode


def sorted_from(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    return sort_slices([one for path in files for one in read_slices(path)])


def the_message(found):
    assert len(found.messages) == 1, found.messages
    return found.messages[0]


@pytest.mark.parametrize("degrees", [(0, 0, 0), (18, 0, 0), (-20, 9, 33), (90, 0, 0), (0, 90, 0), (170, 10, -100)])
def test_slices_are_ordered_along_their_normal(dicom, degrees) -> None:
    at = dicom.Volume.oblique(*degrees, size=(10, 8, 7), spacing_mm=(0.5, 0.7, 3.6))
    dicom.series(dicom.T2W, at=at)
    (stack,) = sorted_from(dicom).stacks
    geometry = stack.geometry
    assert geometry.size == (10, 8, 7)
    assert np.allclose(geometry.spacing_mm, (0.5, 0.7, 3.6))
    assert np.allclose(geometry.origin_mm, at.origin_mm)
    assert np.allclose(np.reshape(geometry.direction, (3, 3)), at.axes, atol=1e-9)


def test_several_b_values_in_one_series_become_volumes(dicom) -> None:
    dicom.diffusion([0, 100, 400, 800])
    stacks = sorted_from(dicom).stacks
    assert sorted(s.head.diffusion.b_value for s in stacks) == [0, 100, 400, 800]
    assert {len(s.slices) for s in stacks} == {6}
    assert len({s.head.series for s in stacks}) == 1


def test_a_localiser_with_three_planes_becomes_three_volumes(dicom) -> None:
    for degrees in ((0, 0, 0), (90, 0, 0), (0, 90, 0)):
        dicom.series(dicom.T2W, series="1.2.3", at=dicom.Volume.oblique(*degrees))
    assert len(sorted_from(dicom).stacks) == 3


def test_echoes_and_picture_sizes_are_told_apart(dicom) -> None:
    for echo_time in (20, 100):
        dicom.series(dicom.T2W | {"EchoTime": echo_time}, series="1.2.3")
    dicom.series(dicom.T2W, series="1.2.3", at=dicom.Volume(size=(12, 8, 6)))
    assert len(sorted_from(dicom).stacks) == 3


def test_temporal_positions_in_one_series_become_volumes(dicom) -> None:
    for time in range(3):
        dicom.series(dicom.DCE | {"TemporalPositionIdentifier": time + 1}, series="1.2.3")
    assert [s.repeats for s in sorted_from(dicom).stacks] == [1, 1, 1]


def test_repeated_positions_are_parted_by_acquisition_time(dicom) -> None:
    for time in (3, 1, 2):
        dicom.series(dicom.DCE | {"AcquisitionTime": f"10000{time}"}, series="1.2.3")
    stacks = sorted_from(dicom).stacks
    assert [s.acquired_s - 36000 for s in stacks] == [1, 2, 3]
    assert all({x.acquisition_time_s for x in s.slices} == {s.acquired_s} for s in stacks)
    assert {s.repeats for s in stacks} == {3}


def test_jitter_of_orientation_in_the_last_digits_does_not_split(dicom) -> None:
    def jitter(dataset, index) -> None:
        dataset.ImageOrientationPatient = [
            1,
            0,
            0,
            0,
            f"{0.945 - index * 1e-6:.8f}",
            f"{-((1 - 0.945**2) ** 0.5):.8f}",
        ]

    at = dicom.Volume.oblique(np.rad2deg(-np.arccos(0.945)), 0, 0)
    dicom.series(dicom.T2W, at=at, each=jitter)
    assert len(sorted_from(dicom).stacks) == 1


@pytest.mark.parametrize("skip, words", [([2], "1 slice is missing"), ([2, 3], "2 slices are missing")])
def test_a_gap_is_named_with_its_place(dicom, skip, words) -> None:
    dicom.series(dicom.T2W, at=dicom.Volume(size=(10, 8, 9)), skip=skip)
    found = sorted_from(dicom)
    message = the_message(found)
    assert not found.stacks
    assert message.code is ErrorCode.BAD_GEOMETRY
    assert words in message.why
    assert "after slice 2" in message.why
    assert "instead of 3.0 mm" in message.why
    assert "t2_tse_tra" in message.what


def test_two_gaps_are_counted(dicom) -> None:
    dicom.series(dicom.T2W, at=dicom.Volume(size=(10, 8, 12)), skip=[3, 8])
    assert "2 slices are missing" in the_message(sorted_from(dicom)).why


def test_a_lost_slice_at_the_end_shows_against_the_other_b_values(dicom) -> None:
    dicom.diffusion([50, 400])
    series = sorted_from(dicom).stacks[0].head.series
    dicom.series(
        dicom.DWI,
        series=series,
        skip=[5],
        each=lambda d, i: d.private_block(0x19, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "800"),
    )
    found = sorted_from(dicom)
    assert sorted(s.head.diffusion.b_value for s in found.stacks) == [50, 400]
    message = the_message(found)
    assert message.code is ErrorCode.BAD_GEOMETRY
    assert "5 slices where the other volumes of the series have 6" in message.why
    assert "at b 800" in message.what


def test_uneven_distances_are_no_grid(dicom) -> None:
    def shift(dataset, index) -> None:
        dataset.ImagePositionPatient = [-20, 10, -8 + 3 * index + (0.5 if index == 3 else 0)]

    dicom.series(dicom.T2W, each=shift)
    message = the_message(sorted_from(dicom))
    assert message.code is ErrorCode.BAD_GEOMETRY
    assert "varies between 2.50 and 3.50 mm" in message.why


def test_slices_shifted_sideways_are_no_volume(dicom) -> None:
    def shift(dataset, index) -> None:
        dataset.ImagePositionPatient = [-20 + index, 10, -8 + 3 * index]

    dicom.series(dicom.T2W, each=shift)
    assert "sideways" in the_message(sorted_from(dicom)).why


def test_rounding_of_positions_is_no_gap(dicom) -> None:
    def rounded(dataset, index) -> None:
        dataset.ImagePositionPatient = [-20.01, 10, round(-8 + 3.33 * index + 0.01 * (-1) ** index, 2)]

    dicom.series(dicom.T2W, at=dicom.Volume(spacing_mm=(0.5, 0.75, 3.33)), each=rounded)
    found = sorted_from(dicom)
    assert len(found.stacks) == 1
    assert found.stacks[0].geometry.spacing_mm[2] == pytest.approx(3.33, abs=0.005)


def test_a_single_doubled_position_with_other_pixels_is_refused(dicom) -> None:
    dicom.series(dicom.T2W, series="1.2.3")
    dicom.series(dicom.T2W, series="1.2.3", skip=[0, 1, 3, 4, 5], pixels=lambda i: np.full((8, 10), 7))
    found = sorted_from(dicom)
    assert not found.stacks
    assert "2 different images lie at one slice position" in the_message(found).why


def test_a_series_with_a_cut_off_file_is_left_out_whole(dicom) -> None:
    paths = dicom.series(dicom.T2W)
    paths[2].write_bytes(paths[2].read_bytes()[:-20])
    found = sorted_from(dicom)
    assert not found.stacks
    message = the_message(found)
    assert message.code is ErrorCode.UNREADABLE_FILE
    assert message.path == paths[2]
    assert paths[2].name in message.why


def test_one_and_two_slices_have_a_geometry(dicom) -> None:
    dicom.series(dicom.T2W, at=dicom.Volume(size=(10, 8, 1)))
    dicom.series(dicom.T2W, at=dicom.Volume(size=(10, 8, 2)))
    sizes = sorted((s.geometry.size[2], s.geometry.spacing_mm[2]) for s in sorted_from(dicom).stacks)
    assert sizes == [(1, 1.0), (2, 3.0)]


def test_a_stack_says_what_it_is_called_and_where_it_lies(dicom) -> None:
    dicom.series(dicom.T2W | {"SeriesNumber": 4})
    (stack,) = sorted_from(dicom).stacks
    assert stack.name == "4 t2_tse_tra"
    assert stack.folder == dicom.folder / "dicom"
