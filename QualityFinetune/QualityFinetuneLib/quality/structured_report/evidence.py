"""What a report is about: the original DICOM images, or only a patient and an exam where these are not at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.valuerep import validate_value

from ...cases.dicom_files import DAMAGED, quietly, read_header
from ...cases.roles import Role

# highdicom takes these from the first image and fails where one is absent.
PATIENT_AND_STUDY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
DESCRIPTIONS = frozenset(PATIENT_AND_STUDY) - {"PatientID"}
SEXES = ("", "M", "F", "O")
KEPT = (*PATIENT_AND_STUDY, "StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID", "SeriesNumber")
MAGNETIC_RESONANCE = "MR"
UID_PATTERN = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){2,}")
"""PS3.5, 9.1; two parts alone are the name of a folder rather than an exam."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Images of one exam, or none, and who they are of.

    Attributes:
        patient: patient and study attributes that the report carries.
        images: SOP class and instance UID with the series they belong to, and the role of that series if known.
    """

    patient: Dataset
    images: tuple[tuple[Dataset, Role | None], ...] = ()

    @classmethod
    def unknown(cls, *, patient_id: str, study_uid: str) -> Evidence:
        """A report without images; name, birth date and sex stay empty."""
        patient = Dataset()
        for keyword in PATIENT_AND_STUDY:
            setattr(patient, keyword, "")
        patient.PatientID = patient_id
        patient.StudyInstanceUID = study_uid
        return cls(patient=patient)

    @classmethod
    def of_images(cls, images: list[Dataset], *, roles: Mapping[int, Role]) -> Evidence:
        """A report about images of one exam.

        Args:
            images: as `find_images` gives them.
            roles: role by series number, of the series that were read. Series of another number are left out,
                unless none is known.
        """
        wanted = [image for image in images if _number(image) in roles] or images
        return cls(
            patient=_clean(wanted[0]), images=tuple((_clean(image), roles.get(_number(image))) for image in wanted)
        )


def find_images(
    folder: Path, study_uids: Collection[str], *, progress: Progress | None = None
) -> dict[str, list[Dataset]]:
    """Headers of the MR images of these exams under a folder, by StudyInstanceUID; other files are passed over.

    Args:
        folder: looked through with all its sub-folders.
        study_uids: the exams wanted.
        progress: told (done, total) files.
    """
    found: dict[str, list[Dataset]] = {}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for index, path in enumerate(files):
        try:
            header = read_header(path)
            with quietly():
                study = str(header.get("StudyInstanceUID", ""))
                if study in study_uids and header.get("Modality") == MAGNETIC_RESONANCE and _numbered(header):
                    found.setdefault(study, []).append(_clean(header))
        except DAMAGED:
            continue  # not DICOM, or not readable: it is no evidence of anything
        finally:
            if progress:
                progress(index + 1, len(files))
    return found


def is_uid(text: str) -> bool:
    """Whether an exam's name is the StudyInstanceUID of a DICOM exam."""
    return len(text) <= 64 and UID_PATTERN.fullmatch(text) is not None


def _clean(header: Dataset) -> Dataset:
    """Only what a report needs, decoded, so that another character set can hold it; odd descriptions are left out."""
    kept = Dataset()
    with quietly():
        for keyword in KEPT:
            value = header.get(keyword)
            text = "" if value is None else str(value)
            setattr(kept, keyword, text if keyword not in DESCRIPTIONS or _allowed(keyword, text) else "")
        if not kept.SeriesNumber:
            kept.SeriesNumber = None
    return kept


def _numbered(header: Dataset) -> bool:
    """Whether it can be referred to."""
    return all(is_uid(str(header.get(f"{of}UID", ""))) for of in ("SOPClass", "SOPInstance", "SeriesInstance"))


def _allowed(keyword: str, text: str) -> bool:
    if keyword == "PatientSex":
        return text in SEXES
    try:
        validate_value(dictionary_VR(keyword), text, config.RAISE)
    except ValueError:
        return False
    return True


def _number(image: Dataset) -> int:
    return -1 if image.get("SeriesNumber") is None else int(image.SeriesNumber)
