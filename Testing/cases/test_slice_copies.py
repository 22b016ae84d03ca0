"""The same slice stored twice counts once."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases import slice_copies
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.slice_copies import called, with_other_pixels, without_copies
from QualityFinetuneLib.cases.stacks import sort_slices
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def sorted_from(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    return sort_slices([one for path in files for one in read_slices(path)])


def the_message(found):
    assert len(found.messages) == 1, found.messages
    return found.messages[0]


def test_copies_of_files_are_used_once(dicom) -> None:
    paths = dicom.series(dicom.T2W)
    for number, path in enumerate(paths[:4]):
        (path.parent / f"copy{number}").write_bytes(path.read_bytes())
    found = sorted_from(dicom)
    assert [len(s.slices) for s in found.stacks] == [6]
    assert "4 files of the series t2_tse_tra were" in the_message(found).what
    assert the_message(found).code is ErrorCode.CONFLICT


def test_a_slice_sent_twice_under_new_identifiers_is_used_once(dicom) -> None:
    dicom.series(dicom.T2W, series="1.2.3")
    dicom.series(dicom.T2W, series="1.2.3", skip=[0, 1, 3, 4, 5])
    found = sorted_from(dicom)
    assert [len(s.slices) for s in found.stacks] == [6]
    assert the_message(found).code is ErrorCode.CONFLICT
    assert "copy of a slice" in the_message(found).why


def test_doubled_positions_that_cannot_be_decoded_are_refused(dicom, monkeypatch) -> None:
    def fails(slices):
        raise UserError(ErrorCode.UNREADABLE_FILE, what="What.", why="Why.", next="Next.")

    for skip in ([], [0, 1, 3, 4, 5]):
        dicom.series(dicom.T2W, series="1.2.3", skip=skip)
    monkeypatch.setattr(slice_copies, "volume_of", fails)
    assert "2 different images" in the_message(sorted_from(dicom)).why


@pytest.mark.parametrize(
    "label, number, expected", [("t2 tra", 4, "t2 tra"), ("", 4, "number 4"), ("", None, "number unknown")]
)
def test_a_series_is_called_by_its_description_or_number(dicom, label, number, expected) -> None:
    path = dicom.series(
        dicom.T2W | {"SeriesDescription": label}, each=lambda d, i: setattr(d, "SeriesNumber", number)
    )[0]
    assert called(read_slices(path)[0]) == expected


def test_different_slices_are_all_kept(dicom) -> None:
    slices = [read_slices(path)[0] for path in dicom.series(dicom.T2W)]
    told = []
    assert len(without_copies(slices, told)) == len(with_other_pixels(slices, told)) == 6
    assert not told
    assert np.ptp([s.position_mm[2] for s in slices]) == 15
