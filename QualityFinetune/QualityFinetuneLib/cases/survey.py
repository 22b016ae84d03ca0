"""Walk a folder and tell, from a name and a few bytes, what each file could be. Nothing is unpacked or executed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ..common.errors import ErrorCode
from ..common.yaml_config import load_yaml
from . import messages
from .found import ImportMessage
from .volume_header import image_suffix

SIMULATED_MARKER = "simulated.yaml"
"""A file of this name in an exam's folder says that its images are simulated."""

_DICOM_SUFFIXES = {".dcm", ".ima", ".dicom", ".img", ""}
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".7z", ".rar", ".gz", ".xz", ".bz2")
_BESIDE_IMAGES = {
    ".bval", ".bvec", ".csv", ".tsv", ".txt", ".md", ".json", ".yaml", ".yml", ".xml", ".html", ".htm", ".pdf",
    ".png", ".jpg", ".jpeg", ".log", ".ini", ".inf", ".exe", ".dll", ".raw", ".zraw", ".db", ".lnk", ".url",
    ".sqlite", ".xlsx", ".xls", ".doc", ".docx", ".rtf", ".py", ".sh", ".bat", ".cab", ".jar",
}  # fmt: skip
_QUIET_NAMES = {"DICOMDIR", "THUMBS.DB", "LICENSE", "README", "VERSION", "LOCKFILE", "AUTORUN"}


@dataclass
class Survey:
    """The files of a folder by what they could be."""

    dicom: list[Path] = field(default_factory=list)
    volumes: list[Path] = field(default_factory=list)
    messages: list[ImportMessage] = field(default_factory=list)


def survey(folder: Path) -> Survey:
    """Sort all files below `folder`; hidden files and folders are passed over, links to folders not followed."""
    found = Survey()
    for path in _files(folder):
        if path.name.upper() in _QUIET_NAMES:
            continue
        if image_suffix(path) and not _starts_as_dicom(path):
            found.volumes.append(path)
        elif _is_archive(path):
            found.messages.append(_archive(path))
        elif path.suffix.lower() in _DICOM_SUFFIXES or _has_digits_for_suffix(path) or _starts_as_dicom(path):
            _sort_dicom(path, found)
        elif path.suffix.lower() not in _BESIDE_IMAGES:
            found.messages.append(_unknown(path))
    return found


def is_simulated(folder: Path) -> bool:
    """Whether an exam's folder says that its images are simulated: by its name, or by the marker file."""
    return folder.name.lower().startswith("simulated") or (folder / SIMULATED_MARKER).is_file()


class _Marker(BaseModel):
    """What the marker file says about the exam beside it; a recipe says more, which only its reader needs."""

    model_config = ConfigDict(extra="ignore")
    patient: str | None = None


def marked_patient(folder: Path) -> str | None:
    """The patient that a simulated exam's marker names, so that an exam and its degraded copies stay one patient.

    Raises:
        UserError: BAD_CONFIG or UNREADABLE_FILE for a marker that cannot be read.
    """
    marker = folder / SIMULATED_MARKER
    return load_yaml(marker, _Marker).patient if marker.is_file() else None


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in sorted(names):
            path = Path(root) / name
            # Sockets, pipes and devices would block; links that lead nowhere are no files.
            if not name.startswith(".") and path.is_file():
                yield path


def _sort_dicom(path: Path, found: Survey) -> None:
    """DICOM has its letters at byte 128; old files without that preamble start with a tag of group 0002 or 0008."""
    try:
        with path.open("rb") as file:
            head = file.read(132)
    except OSError as error:
        found.messages.append(_unreadable(path, f"{error.strerror or error}."))
        return
    if head[128:] == b"DICM" or head[:2] in (b"\x08\x00", b"\x02\x00"):
        found.dicom.append(path)
    elif not head:
        found.messages.append(_unreadable(path, "It is empty."))
    elif path.suffix.lower() in (".dcm", ".ima", ".dicom"):
        found.messages.append(_unreadable(path, "It is named like a DICOM file but is none."))
    else:
        found.messages.append(_unknown(path))


def _starts_as_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _has_digits_for_suffix(path: Path) -> bool:
    """Names such as IM000001.1 or 1.3.12.2.1107 end in digits that are no suffix."""
    return path.suffix[1:].isdigit()


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(_ARCHIVES)


def _archive(path: Path) -> ImportMessage:
    return messages.warning(
        path,
        ErrorCode.NOT_AN_EXAM,
        f"{path.name} was not opened.",
        "It is an archive, and archives are not unpacked during an import.",
        "Unpack it into a folder if it holds exams, then import that folder.",
    )


def _unknown(path: Path) -> ImportMessage:
    return messages.warning(
        path,
        ErrorCode.NOT_AN_EXAM,
        f"{path.name} was left out.",
        "It is neither DICOM nor NIfTI, NRRD or MetaImage.",
        "Nothing needs to be done if it is not part of an exam.",
    )


def _unreadable(path: Path, why: str) -> ImportMessage:
    return messages.error(
        path,
        ErrorCode.UNREADABLE_FILE,
        f"{path.name} was left out.",
        why,
        "Copy or send the file again if it belongs to an exam.",
    )
