"""A whole folder: everything that is there, at once, and never an exception."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydicom.uid import generate_uid

from QualityFinetuneLib.cases.found import Severity
from QualityFinetuneLib.cases.reading import read_series
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.scan import scan
from QualityFinetuneLib.common.errors import ErrorCode, UserError


def test_a_messy_folder_gives_its_exams_and_a_message_for_each_problem(dicom, an_image) -> None:
    dicom.exam("QF-0001", folder="disc/A/B")
    dicom.exam("QF-0002", folder="disc/A/C", study=generate_uid())
    dicom.series(dicom.T2W | {"Modality": "CT"}, folder="disc/ct", study=generate_uid())
    dicom.series(dicom.T2W | {"SeriesDescription": "t2 gap"}, folder="disc/A/B", skip=[3])
    root = dicom.folder
    (root / "disc" / "DICOMDIR").write_bytes(b"x" * 200)
    (root / "disc" / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 300)
    (root / "notes.mp4").write_bytes(b"x")
    (root / "P7").mkdir()
    sitk.WriteImage(an_image(), str(root / "P7" / "t2w.nii.gz"))
    steps = []
    result = scan(root, progress=lambda done, total: steps.append((done, total)))
    assert [c.name for c in result.cases] == ["P7", "QF-0001", "QF-0002"]
    assert [len(c.series) for c in result.cases] == [1, 4, 4]
    assert sorted(m.code.value for m in result.messages) == [
        "bad_geometry",
        "not_an_exam",
        "not_an_exam",
        "unreadable_file",
    ]
    ct = next(m for m in result.messages if "CT" in m.why)
    assert "5 more files" in ct.what
    assert steps == [(i + 1, len(steps)) for i in range(len(steps))]
    for message in result.messages:
        assert all(text.endswith(".") for text in (message.what, message.why, message.next))


def test_names_are_unique(dicom, an_image) -> None:
    for study in ("1.1", "1.2"):
        dicom.exam(study=study, folder=study)
    (dicom.folder / "QF-0001").mkdir()
    sitk.WriteImage(an_image(), str(dicom.folder / "QF-0001" / "t2w.nrrd"))
    result = scan(dicom.folder)
    assert [c.name for c in result.cases] == ["QF-0001", "QF-0001-2", "QF-0001-3"]
    assert {c.patient for c in result.cases} == {"QF-0001"}


def test_an_exam_without_t2w_is_told(dicom) -> None:
    dicom.series(dicom.ADC)
    result = scan(dicom.folder)
    assert [s.role for s in result.cases[0].series] == [Role.ADC]
    (message,) = result.messages
    assert (message.code, message.severity) == (ErrorCode.MISSING_SERIES, Severity.WARNING)


def test_an_empty_folder_says_so(tmp_path) -> None:
    result = scan(tmp_path)
    assert not result.cases
    assert [m.code for m in result.messages] == [ErrorCode.NOT_AN_EXAM]


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path, kind) -> None:
    path = tmp_path / "x"
    if kind == "file":
        path.write_text("x")
    with pytest.raises(UserError) as caught:
        scan(path)
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_scanning_writes_nothing(dicom) -> None:
    dicom.exam()
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in dicom.folder.rglob("*")}
    scan(dicom.folder)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in dicom.folder.rglob("*")} == before


@given(data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking whole exams would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_damage_makes_scan_raise_and_what_it_finds_can_be_read(dicom, caplog, data) -> None:
    if not (dicom.folder / "whole").exists():
        dicom.exam(folder="whole", at=dicom.Volume(size=(6, 5, 5)))
        dicom.enhanced(dicom.folder / "whole" / "enhanced", [(50, 0), (800, 0)], dicom.Volume(size=(6, 5, 5)))
    whole = sorted((dicom.folder / "whole").iterdir())
    folder = dicom.folder / "damaged"
    folder.mkdir(exist_ok=True)
    for path in whole:
        (folder / path.name).write_bytes(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        victim = folder / data.draw(st.sampled_from(whole)).name
        content = bytearray(victim.read_bytes())
        for _ in range(data.draw(st.integers(0, 5))):
            if content:
                content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        victim.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    caplog.clear()
    result = scan(folder)
    assert not caplog.records  # a log line could quote the patient's name
    for case in result.cases:
        for series in case.series:
            try:
                image = read_series(series)
            except UserError:
                continue
            assert np.isfinite(image.GetOrigin()).all()
