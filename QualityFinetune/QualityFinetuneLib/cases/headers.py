"""Read the headers of one DICOM file of unknown origin: its image slices, or the reason why it has none.

Nothing here decodes pixels, runs code from the file or writes. Everything that can be wrong in a damaged file ends
as one `Refusal`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from ..common.errors import ErrorCode
from .dicom_files import DAMAGED, NATIVE, quietly, read_header, transfer_syntax
from .diffusion import Diffusion, diffusion_of

ENHANCED_MR = {"1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"}
"""Enhanced MR Image Storage and Legacy Converted Enhanced MR Image Storage: many frames in one file."""

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
            return _slices(path, dataset, _stored(file, dataset))
    except DAMAGED as error:
        return _refuse(
            path,
            f"Its DICOM header is damaged ({_short(error)}).",
            "Send the series again from the scanner or archive.",
        )


def _slices(path: Path, dataset: Dataset, pixels: _Stored) -> list[Slice] | Refusal:
    sop_class = str(dataset.get("SOPClassUID") or "")
    meta = getattr(dataset, "file_meta", Dataset())
    if DICOMDIR in (sop_class, str(meta.get("MediaStorageSOPClassUID") or "")):
        return _refuse(path, "It is the index of a DICOM disc.", "Nothing needs to be done.", quiet=True)
    if not sop_class and not dataset.get("SeriesInstanceUID"):
        return _refuse(path, "It holds no DICOM object.", "Leave it out, or send the series again.")
    modality = str(dataset.get("Modality") or "")
    rows, columns = _integer(dataset.get("Rows")), _integer(dataset.get("Columns"))
    if not rows or not columns:
        kind = pydicom.uid.UID(sop_class).name if sop_class else modality
        return _not_a_slice(
            path, f"It is no image but {kind if kind != sop_class else modality or 'another object'}."
        )
    if modality != "MR":
        return _not_a_slice(path, f"Its modality is {modality or 'not stated'}, not MR.")
    if rows > MAX_SIDE or columns > MAX_SIDE:
        return _refuse(path, f"It claims {columns} x {rows} pixels.", "Send the series again from the archive.")
    if (_integer(dataset.get("SamplesPerPixel")) or 1) != 1:
        return _not_a_slice(path, "It is a colour picture, not measured signal.")
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID"):
        if not dataset.get(keyword):
            return _refuse(path, f"It has no {keyword}.", "Export the exam again with complete headers.")
    try:
        frames = _frames(dataset, enhanced=sop_class in ENHANCED_MR)
        defect = _defect(dataset, rows, columns, len(frames), pixels)
        return [
            replace(
                _slice(path, dataset, frame, number if len(frames) > 1 else None, rows, columns),
                compressed=not pixels.plain,
                defect=defect,
            )
            for number, frame in enumerate(frames)
        ]
    except _NoSliceError as error:
        return _not_a_slice(path, str(error))


class _NoSliceError(Exception):
    """The image does not say what a slice has to say; the text is one sentence for the user."""


class _Frame:
    """Looks keywords up where a classic file, or an enhanced one's per-frame or shared groups, keep them."""

    def __init__(self, dataset: Dataset, items: tuple[Dataset, ...] = ()) -> None:
        self.items = items
        self.dataset = dataset

    def get(self, keyword: str) -> Any:
        for item in self.items:
            value = item.get(keyword)
            if value is not None:
                return value
        return self.dataset.get(keyword)

    @property
    def datasets(self) -> list[Dataset]:
        """Everything that may hold diffusion values, the most specific first."""
        return [*self.items, self.dataset]


def _frames(dataset: Dataset, *, enhanced: bool) -> list[_Frame]:
    count = _integer(dataset.get("NumberOfFrames")) or 1
    if not enhanced:
        if count > 1:
            raise _NoSliceError("It holds several frames without saying where each of them lies.")
        return [_Frame(dataset)]
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(per_frame) != count:
        raise _NoSliceError(f"It announces {count} frames but describes {len(per_frame)}.")
    shared = tuple(item for group in dataset.get("SharedFunctionalGroupsSequence") or [] for item in _items(group))
    return [_Frame(dataset, (*_items(group), *shared)) for group in per_frame]


def _items(group: Dataset) -> list[Dataset]:
    """The functional groups are sequences of one item each."""
    return [element.value[0] for element in group if element.VR == "SQ" and element.value]


def _slice(path: Path, dataset: Dataset, frame: _Frame, number: int | None, rows: int, columns: int) -> Slice:
    image_type = _words(frame.get("FrameType") or dataset.get("ImageType"))
    component = str(frame.get("ComplexImageComponent") or "").upper()
    if component and component not in ("MAGNITUDE", "MIXED"):
        image_type = (*image_type, component)
    when = _seconds(dataset.get("AcquisitionTime"))
    stamp = str(frame.get("FrameAcquisitionDateTime") or frame.get("AcquisitionDateTime") or "")
    if frame.items and len(stamp) > 8:
        when = _seconds(stamp[8:].split("+")[0].split("-")[0])
    trigger_ms = _number(frame.get("TriggerTime"))
    offset_s = _number(frame.get("TemporalPositionTimeOffset"))
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
        position_mm=_vector(frame.get("ImagePositionPatient"), 3, "position"),
        orientation=_orientation(frame.get("ImageOrientationPatient")),
        pixel_spacing_mm=_spacing(frame.get("PixelSpacing")),
        slope=_or(_number(frame.get("RescaleSlope")), 1.0) or 1.0,
        intercept=_or(_number(frame.get("RescaleIntercept")), 0.0),
        diffusion=diffusion_of(frame.datasets),
        image_type=image_type,
        description=str(dataset.get("SeriesDescription") or ""),
        protocol=str(dataset.get("ProtocolName") or ""),
        sequence=str(frame.get("SequenceName") or frame.get("PulseSequenceName") or ""),
        scanning_sequence=_scanning_sequence(frame),
        scan_options=_words(dataset.get("ScanOptions")),
        acquisition_type=str(dataset.get("MRAcquisitionType") or "").upper(),
        echo_time_ms=_or(_number(frame.get("EchoTime")), _number(frame.get("EffectiveEchoTime"))),
        repetition_time_ms=_number(frame.get("RepetitionTime")),
        contrast_agent=bool(str(dataset.get("ContrastBolusAgent") or "").strip()),
        temporal_index=_or(
            _integer(frame.get("TemporalPositionIdentifier")), _integer(frame.get("TemporalPositionIndex"))
        ),
        acquisition_number=_integer(dataset.get("AcquisitionNumber")),
        acquisition_time_s=when,
        trigger_time_ms=trigger_ms,
        instance_number=_integer(dataset.get("InstanceNumber")),
        series_number=_integer(dataset.get("SeriesNumber")),
    )


def _scanning_sequence(frame: _Frame) -> tuple[str, ...]:
    words = _words(frame.get("ScanningSequence"))
    if words:
        return words
    if str(frame.get("EchoPlanarPulseSequence") or "").upper() == "YES":
        return ("EP",)
    return {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}.get(
        str(frame.get("EchoPulseSequence") or "").upper(), ()
    )


def _defect(dataset: Dataset, rows: int, columns: int, frames: int, pixels: _Stored) -> str | None:
    if not pixels.there:
        return "has no pixels"
    bits, sign = _integer(dataset.get("BitsAllocated")), _integer(dataset.get("PixelRepresentation"))
    samples = _integer(dataset.get("SamplesPerPixel"))
    stored, shown = _integer(dataset.get("BitsStored")), str(dataset.get("PhotometricInterpretation") or "")
    if bits not in (8, 16, 32) or sign not in (0, 1) or not 0 < (stored or 0) <= bits or not samples:
        return "does not say how its pixels are stored"
    if not shown.startswith("MONOCHROME"):
        return f"is no grey-scale picture ({shown or 'not stated'})"
    needed = rows * columns * frames * bits // 8
    if pixels.plain and pixels.bytes < needed:
        return f"is cut off: {needed - pixels.bytes} of {needed} bytes of pixels are missing"
    if not pixels.plain and not pixels.ended:
        return "is cut off within its compressed pixels"
    return None


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """What of the pixels is in the file, without decoding them."""

    there: bool = False
    plain: bool = True
    bytes: int = 0
    ended: bool = False


def _stored(file: BinaryIO, dataset: Dataset) -> _Stored:
    """Measure the pixel data element that `file` stands before."""
    tag = file.read(12)
    if tag[:4] not in (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"):
        return _Stored()
    start = file.tell() if tag[4:6] in (b"OW", b"OB", b"UN") else file.tell() - 4
    end = file.seek(0, 2)
    if transfer_syntax(dataset) in NATIVE:
        return _Stored(there=True, bytes=end - start)
    return _Stored(there=True, plain=False, ended=_fragments_end(file, start, end))


def _fragments_end(file: BinaryIO, start: int, end: int) -> bool:
    """Whether the compressed fragments are all there, up to the delimiter that closes them (PS3.5, A.4)."""
    here = start
    while here + 8 <= end:
        file.seek(here)
        head = file.read(8)
        if head[:4] == b"\xfe\xff\xdd\xe0":
            return True
        if head[:4] != b"\xfe\xff\x00\xe0":
            return False
        here += 8 + int.from_bytes(head[4:], "little")
    return False


def _vector(value: Any, length: int, name: str) -> tuple[Any, ...]:
    try:
        numbers = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != length or not all(math.isfinite(v) and abs(v) < 1e5 for v in numbers):
        raise _NoSliceError(f"It does not state its {name} in the patient.")
    return numbers


def _orientation(value: Any) -> tuple[float, ...]:
    numbers = _vector(value, 6, "orientation")
    along_row, along_column = np.array(numbers[:3]), np.array(numbers[3:])
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if max(abs(length - 1) for length in lengths) > 0.01 or abs(along_row @ along_column) > 0.01:
        raise _NoSliceError("Its row and column directions are not at right angles.")
    return numbers


def _spacing(value: Any) -> tuple[float, float]:
    numbers = _vector(value, 2, "pixel spacing")
    if min(numbers) <= 0:
        raise _NoSliceError("Its pixel spacing is not a positive length.")
    return numbers[0], numbers[1]


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    words = [str(v).strip().upper() for v in ([value] if isinstance(value, str) else value)]
    return tuple(words) if any(words) else ()


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None else None


def _seconds(value: Any) -> float | None:
    """Seconds since midnight of a DICOM time HHMMSS.FFFFFF."""
    text = str(value or "").replace(":", "").strip()
    if len(text) < 6 or not text[:6].isdigit():
        return None
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + _or(_number(text[4:]), 0.0)


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:120].rstrip(". ") or type(error).__name__


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
