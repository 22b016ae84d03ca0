"""Frames of enhanced files, whose values lie in shared and per-frame groups."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.frames import Frame, frames_of
from QualityFinetuneLib.cases.header_values import NoSliceError
from QualityFinetuneLib.cases.headers import Refusal, read_slices


def refusal(path) -> Refusal:
    found = read_slices(path)
    assert isinstance(found, Refusal), found
    for sentence in (found.what, found.why, found.next):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence.startswith(path.name)
    return found


def test_enhanced_frames_become_slices(dicom) -> None:
    path = dicom.folder / "enhanced"
    dicom.enhanced(path, [(50, 0), (800, 0)], dicom.Volume(size=(10, 8, 3)))
    found = read_slices(path)
    assert len(found) == 6
    assert sorted(s.frame for s in found) == list(range(6))
    assert {s.diffusion.b_value for s in found} == {50, 800}
    assert {s.diffusion.directional for s in found} == {False}
    assert {(s.slope, s.intercept) for s in found} == {(2, -5)}
    assert {s.echo_time_ms for s in found} == {60}
    assert len({s.position_mm for s in found}) == 3
    assert {s.acquisition_time_s for s in found} == {10 * 3600 + 0.5}
    assert all(s.defect is None for s in found)


def test_enhanced_files_describe_every_frame_or_are_refused(dicom) -> None:
    path = dicom.folder / "enhanced"
    dicom.enhanced(path, [(50, 0)], dicom.Volume(size=(10, 8, 3)))
    dicom.edit(path, lambda d: setattr(d, "NumberOfFrames", 5))
    assert "announces 5 frames but describes 3" in refusal(path).why


def test_enhanced_files_name_their_sequence_in_their_own_words(dicom) -> None:
    path = dicom.folder / "enhanced"
    for number, (tags, expected) in enumerate(
        [
            ({"EchoPlanarPulseSequence": "YES"}, ("EP",)),
            ({"EchoPulseSequence": "GRADIENT"}, ("GR",)),
            ({"EchoPulseSequence": "SPIN", "ComplexImageComponent": "PHASE"}, ("SE",)),
        ]
    ):
        one = path.with_name(f"enhanced{number}")
        dicom.enhanced(one, [(0, 0)], dicom.Volume(size=(10, 8, 2)), ScanningSequence=None, **tags)
        found = read_slices(one)[0]
        assert found.scanning_sequence == expected
        assert ("PHASE" in found.image_type) == ("ComplexImageComponent" in tags)


def test_the_nearest_value_counts() -> None:
    file, item = Dataset(), Dataset()
    file.EchoTime, file.FlipAngle, item.EchoTime = 1, 90, 2
    frame = Frame(file, (item,))
    assert (frame.get("EchoTime"), frame.get("FlipAngle"), frame.get("RepetitionTime")) == (2, 90, None)
    assert frame.datasets == [item, file]


def test_a_classic_file_is_one_frame_and_may_not_claim_more() -> None:
    dataset = Dataset()
    assert len(frames_of(dataset)) == 1
    dataset.NumberOfFrames = 4
    with pytest.raises(NoSliceError, match="several frames"):
        frames_of(dataset)
