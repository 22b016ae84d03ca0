"""Copies of volumes count once; what cannot be decoded does not count."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless, generate_uid

from QualityFinetuneLib.cases import dicom as exams
from QualityFinetuneLib.cases import duplicates
from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.cases.headers import read_slices
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def found(dicom):
    files = sorted(p for p in dicom.folder.rglob("*") if p.is_file())
    slices = [read_slices(path) for path in files]
    return exams.cases_of([one for group in slices if isinstance(group, list) for one in group])


def test_a_copied_series_under_new_identifiers_is_used_once(dicom) -> None:
    dicom.exam()
    t2w = next(p for p in (dicom.folder / "dicom").iterdir() if read_slices(p)[0].description == "t2_tse_tra")
    series = read_slices(t2w)[0].series
    for path in list((dicom.folder / "dicom").iterdir()):
        dataset = pydicom.dcmread(path)
        if dataset.SeriesInstanceUID == series:
            dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.9.9", generate_uid()
            dicom.write(dataset, dicom.folder / "zcopy" / path.name)
    (case,), told = found(dicom)
    assert [s.role for s in case.series].count(Role.T2W) == 1
    (message,) = told
    assert message.code is ErrorCode.CONFLICT
    assert "copy of the series" in message.why
    assert message.path.name == "zcopy"


def test_a_repeat_with_other_pixels_is_no_copy(dicom) -> None:
    dicom.series(dicom.T2W)
    dicom.series(dicom.T2W, pixels=lambda i: np.full((8, 10), i))
    (case,), told = found(dicom)
    assert [s.name for s in case.series] == ["t2w", "t2w_2"]
    assert not told


def test_copies_that_cannot_be_decoded_are_left_to_the_reader(dicom, monkeypatch) -> None:
    dicom.series(dicom.T2W)
    dicom.series(dicom.T2W)
    monkeypatch.setattr(duplicates, "volume_of", lambda slices: (_ for _ in ()).throw(UserError(
        ErrorCode.UNREADABLE_FILE, what="x.", why="y.", next="z.")))  # fmt: skip
    (case,), _ = found(dicom)
    assert len(case.series) == 2


@pytest.mark.parametrize("damage", [False, True])
def test_compressed_series_are_decoded_before_they_are_offered(dicom, damage) -> None:
    dicom.series(dicom.ADC)
    paths = dicom.series(dicom.T2W, folder="compressed")
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless)
        dataset.save_as(path)
    if damage:
        content = paths[3].read_bytes()
        fragment = content.index(b"\xfe\xff\x00\xe0", content.rindex(b"\xe0\x7f\x10\x00") + 24) + 8
        paths[3].write_bytes(content[:fragment] + b"\xff" * 64 + content[fragment + 64 :])
    (case,), told = found(dicom)
    assert [s.role for s in case.series] == ([Role.ADC] if damage else [Role.T2W, Role.ADC])
    assert [(m.code, m.path.name) for m in told] == ([(ErrorCode.UNREADABLE_FILE, "compressed")] if damage else [])


def test_what_gdcm_decoded_is_told_once_an_exam(dicom) -> None:
    for tags, folder in ((dicom.ADC, "a"), (dicom.T2W, "b")):
        for path in dicom.series(tags, folder=folder):
            dicom.jpeg_lossless(path)
    (case,), told = found(dicom)
    assert [s.role for s in case.series] == [Role.T2W, Role.ADC]
    (message,) = told
    assert message.severity is Severity.WARNING
    assert "1 ep2d_diff_tra_ADC, 2 t2_tse_tra" in message.what
    assert "JPEG Lossless" in message.why
