"""What each file in a folder could be, from its name and first bytes."""

from __future__ import annotations

import os

import pytest

from QualityFinetuneLib.cases.survey import is_simulated, survey

DICOM = b"\0" * 128 + b"DICM" + b"\0" * 50


def put(folder, name, content=b"x"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.dcm", "IM0001", "b.ima", "1.2.840.113", "deep/er/c", "odd.txt", "t2w.nii"])
def test_dicom_is_known_by_its_letters(tmp_path, name) -> None:
    path = put(tmp_path, name, DICOM)
    found = survey(tmp_path)
    assert found.dicom == [path]
    assert not found.volumes
    assert not found.messages


def test_old_dicom_without_preamble_is_known_by_its_first_tag(tmp_path) -> None:
    put(tmp_path, "old", b"\x08\x00\x05\x00" + b"\0" * 100)
    assert len(survey(tmp_path).dicom) == 1


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.NRRD", "a.mha", "a.mhd", "a.nhdr"])
def test_volumes_are_known_by_suffix(tmp_path, name) -> None:
    path = put(tmp_path, name)
    assert survey(tmp_path).volumes == [path]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.xz", "a.tgz", "x.gz"])
def test_archives_are_mentioned_not_opened(tmp_path, name) -> None:
    put(tmp_path, name)
    (message,) = survey(tmp_path).messages
    assert "not unpacked" in message.why


@pytest.mark.parametrize(
    "name", ["notes.txt", "cases.csv", "dwi.bval", "simulated.yaml", ".hidden", ".git/x.dcm", "DICOMDIR", "Thumbs.db",
             "README", "__MACOSX/a.dcm", "t2w.raw"],
)  # fmt: skip
def test_what_rightly_lies_beside_images_is_passed_over(tmp_path, name) -> None:
    put(tmp_path, name)
    found = survey(tmp_path)
    assert not found.messages
    assert not found.dicom
    assert not found.volumes


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.dcm", b"", "empty"),
        ("b", b"", "empty"),
        ("a.dcm", b"plain text", "named like a DICOM file"),
        ("movie.mp4", b"xx", "neither DICOM nor"),
        ("strange", b"xx", "neither DICOM nor"),
    ],
)
def test_other_files_get_a_message_each(tmp_path, name, content, words) -> None:
    path = put(tmp_path, name, content)
    (message,) = survey(tmp_path).messages
    assert message.path == path
    assert words in message.why


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="only a user without rights is refused")
def test_a_file_without_permission_is_told(tmp_path) -> None:
    put(tmp_path, "a.dcm", DICOM).chmod(0)
    assert "denied" in survey(tmp_path).messages[0].why.lower()


def test_a_file_that_cannot_be_opened_is_told(tmp_path, monkeypatch) -> None:
    path = put(tmp_path, "a.dcm", DICOM)
    monkeypatch.setattr(type(path), "open", lambda *a, **k: (_ for _ in ()).throw(PermissionError(13, "denied")))
    assert "denied" in survey(tmp_path).messages[0].why


@pytest.mark.skipif(os.name == "nt", reason="needs pipes and links of POSIX")
def test_pipes_and_loops_do_not_block(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    path = put(tmp_path, "a.dcm", DICOM)
    found = survey(tmp_path)
    assert found.dicom == [path]
    assert not found.messages


def test_simulated_is_told_by_name_or_marker(tmp_path) -> None:
    (tmp_path / "P1").mkdir()
    assert not is_simulated(tmp_path / "P1")
    put(tmp_path, "P1/simulated.yaml")
    assert is_simulated(tmp_path / "P1")
    assert is_simulated(tmp_path / "Simulated-0003")
