"""Read the headers of one DICOM file of unknown origin: its image slices, or the reason why it has none.

Nothing here decodes pixels, runs code from the file or writes. Everything that can be wrong in a damaged file ends
as one `Refusal`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from ..common.errors import ErrorCode
from .dicom_files import DAMAGED, quietly, read_header
from .diffusion import Diffusion, diffusion_of
from .frames import Frame, frames_of, scanning_sequence
from .header_values import (
    NoSliceError,
    first_of,
    integer_of,
    number_of,
    orientation_of,
    seconds_of,
    spacing_of,
    vector,
    words_of,
)
from .identity import identity_words, without_identity
from .stored_pixels import StoredPixels, defect_of, measure

DICOMDIR = "1.2.840.10008.1.3.10"
DEFLATED = b"1.2.840.10008.1.2.1.99"
MAX_SIDE = 4096
"""More rows or columns than any MR image has: a damaged header, not worth the memory."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a file gives no slices. `quiet` is for files that rightly lie beside images, such as a DICOMDIR."""

    path: Path
    code: ErrorCode
    what: str
    why: str
    next: str
    quiet: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """What sorting needs to know about one image slice.

    Attributes:
        frame: 0-based frame inside a multi-frame file, else None.
        position_mm: centre of the first voxel, in DICOM's patient axes.
        orientation: unit vectors along a row and along a column, six numbers.
        pixel_spacing_mm: between rows, between columns.
        description: for deciding the role; `label` is the same for showing, empty if it names the patient.
        compressed: whether only decoding tells if the pixels are whole.
        defect: why the pixels cannot be read although the header can, else None.
    """

    path: Path
    frame: int | None
    patient: str
    deidentified: bool
    study: str
    study_date: str
    series: str
    instance: str
    rows: int
    columns: int
    position_mm: tuple[float, float, float]
    orientation: tuple[float, ...]
    pixel_spacing_mm: tuple[float, float]
    slope: float
    intercept: float
    diffusion: Diffusion
    image_type: tuple[str, ...]
    description: str
    label: str
    protocol: str
    sequence: str
    scanning_sequence: tuple[str, ...]
    scan_options: tuple[str, ...]
    acquisition_type: str
    echo_time_ms: float | None
    repetition_time_ms: float | None
    contrast_agent: bool
    temporal_index: int | None
    acquisition_number: int | None
    acquisition_time_s: float | None
    trigger_time_ms: float | None
    instance_number: int | None
    series_number: int | None
    compressed: bool = False
    defect: str | None = None


def read_slices(path: Path) -> list[Slice] | Refusal:
    """The slices of one DICOM file, or why there are none. Never raises for what is inside the file."""
    try:
        with quietly(), path.open("rb") as file:
            if DEFLATED in file.read(1024):
                return _refuse(path, "It is compressed as a whole (deflated).", "Export it without compression.")
            file.seek(0)
            dataset = read_header(file)
            return _slices(path, dataset, measure(file, dataset))
    except DAMAGED:
        # What pydicom says is not passed on: it quotes values, and these may be the patient's.
        why = "Its DICOM header is damaged or cut off."
        return _refuse(path, why, "Send the series again from the scanner or archive.")


def _slices(path: Path, dataset: Dataset, pixels: StoredPixels) -> list[Slice] | Refusal:
    sop_class = str(dataset.get("SOPClassUID") or "")
    meta = getattr(dataset, "file_meta", Dataset())
    if DICOMDIR in (sop_class, str(meta.get("MediaStorageSOPClassUID") or "")):
        return _refuse(path, "It is the index of a DICOM disc.", "Nothing needs to be done.", quiet=True)
    if not sop_class and not dataset.get("SeriesInstanceUID"):
        return _refuse(path, "It holds no DICOM object.", "Leave it out, or send the series again.")
    modality = str(dataset.get("Modality") or "")
    rows, columns = integer_of(dataset.get("Rows")), integer_of(dataset.get("Columns"))
    if not rows or not columns:
        kind = pydicom.uid.UID(sop_class).name if sop_class else modality
        return _not_a_slice(
            path, f"It is no image but {kind if kind != sop_class else modality or 'another object'}."
        )
    if modality != "MR":
        return _not_a_slice(path, f"Its modality is {modality or 'not stated'}, not MR.")
    if rows > MAX_SIDE or columns > MAX_SIDE:
        return _refuse(path, f"It claims {columns} x {rows} pixels.", "Send the series again from the archive.")
    if (integer_of(dataset.get("SamplesPerPixel")) or 1) != 1:
        return _not_a_slice(path, "It is a colour picture, not measured signal.")
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID"):
        if not dataset.get(keyword):
            return _refuse(path, f"It has no {keyword}.", "Export the exam again with complete headers.")
    try:
        frames = frames_of(dataset)
        defect = defect_of(dataset, len(frames), pixels)
        return [
            replace(
                _slice(path, dataset, frame, number if len(frames) > 1 else None, rows, columns),
                compressed=not pixels.plain,
                defect=defect,
            )
            for number, frame in enumerate(frames)
        ]
    except NoSliceError as error:
        return _not_a_slice(path, str(error))


def _slice(path: Path, dataset: Dataset, frame: Frame, number: int | None, rows: int, columns: int) -> Slice:
    image_type = words_of(frame.get("FrameType") or dataset.get("ImageType"))
    component = str(frame.get("ComplexImageComponent") or "").upper()
    if component and component not in ("MAGNITUDE", "MIXED"):
        image_type = (*image_type, component)
    when = seconds_of(dataset.get("AcquisitionTime"))
    stamp = str(frame.get("FrameAcquisitionDateTime") or frame.get("AcquisitionDateTime") or "")
    if frame.items and len(stamp) > 8:
        when = seconds_of(stamp[8:].split("+")[0].split("-")[0])
    description = str(dataset.get("SeriesDescription") or "")
    trigger_ms = number_of(frame.get("TriggerTime"))
    offset_s = number_of(frame.get("TemporalPositionTimeOffset"))
    if offset_s is not None:  # what enhanced files have instead
        trigger_ms = offset_s * 1000
    return Slice(
        path=path,
        frame=number,
        patient=str(dataset.get("PatientID") or ""),
        deidentified=str(dataset.get("PatientIdentityRemoved") or "").upper() == "YES",
        study=str(dataset.StudyInstanceUID),
        study_date=str(dataset.get("StudyDate") or ""),
        series=str(dataset.SeriesInstanceUID),
        instance=f"{dataset.get('SOPInstanceUID') or path}#{number or 0}",
        rows=rows,
        columns=columns,
        position_mm=vector(frame.get("ImagePositionPatient"), 3, "position"),
        orientation=orientation_of(frame.get("ImageOrientationPatient")),
        pixel_spacing_mm=spacing_of(frame.get("PixelSpacing")),
        slope=first_of(number_of(frame.get("RescaleSlope")), 1.0) or 1.0,
        intercept=first_of(number_of(frame.get("RescaleIntercept")), 0.0),
        diffusion=diffusion_of(frame.datasets),
        image_type=image_type,
        description=description,
        label=without_identity(description, identity_words(dataset)) or "",
        protocol=str(dataset.get("ProtocolName") or ""),
        sequence=str(frame.get("SequenceName") or frame.get("PulseSequenceName") or ""),
        scanning_sequence=scanning_sequence(frame),
        scan_options=words_of(dataset.get("ScanOptions")),
        acquisition_type=str(dataset.get("MRAcquisitionType") or "").upper(),
        echo_time_ms=first_of(number_of(frame.get("EchoTime")), number_of(frame.get("EffectiveEchoTime"))),
        repetition_time_ms=number_of(frame.get("RepetitionTime")),
        contrast_agent=bool(str(dataset.get("ContrastBolusAgent") or "").strip()),
        temporal_index=first_of(
            integer_of(frame.get("TemporalPositionIdentifier")), integer_of(frame.get("TemporalPositionIndex"))
        ),
        acquisition_number=integer_of(dataset.get("AcquisitionNumber")),
        acquisition_time_s=when,
        trigger_time_ms=trigger_ms,
        instance_number=integer_of(dataset.get("InstanceNumber")),
        series_number=integer_of(dataset.get("SeriesNumber")),
    )


def _refuse(path: Path, why: str, next: str, *, quiet: bool = False) -> Refusal:
    return Refusal(
        path=path,
        code=ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} was left out.",
        why=why,
        next=next,
        quiet=quiet,
    )


def _not_a_slice(path: Path, why: str) -> Refusal:
    return Refusal(
        path=path,
        code=ErrorCode.NOT_AN_EXAM,
        what=f"{path.name} was left out.",
        why=why,
        next="Nothing needs to be done if it is not part of the MRI exam.",
    )
