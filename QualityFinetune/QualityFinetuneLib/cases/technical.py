"""The technical headers of a series: what quality checks read, and nothing that tells who the patient is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from .diffusion import diffusion_of
from .header_values import number_of, seconds_of
from .identity import identity_words, without_identity

NUMBERS = (
    "SliceThickness",
    "SpacingBetweenSlices",
    "PixelSpacing",
    "Rows",
    "Columns",
    "AcquisitionMatrix",
    "ReconstructionDiameter",
    "PercentSampling",
    "PercentPhaseFieldOfView",
    "EchoTime",
    "EffectiveEchoTime",
    "RepetitionTime",
    "InversionTime",
    "FlipAngle",
    "EchoTrainLength",
    "EchoNumbers",
    "NumberOfAverages",
    "NumberOfPhaseEncodingSteps",
    "PixelBandwidth",
    "MagneticFieldStrength",
    "ImagingFrequency",
    "TemporalResolution",
    "NumberOfTemporalPositions",
    "TemporalPositionIdentifier",
    "AcquisitionDuration",
    "ParallelReductionFactorInPlane",
    "ParallelReductionFactorOutOfPlane",
    "SAR",
    "TriggerTime",
    "ContrastBolusVolume",
    "ContrastFlowRate",
    "ImageOrientationPatient",
    "BitsStored",
    "SeriesNumber",
    "AcquisitionNumber",
    "RescaleSlope",
    "RescaleIntercept",
)
"""Keywords whose values are numbers, in DICOM's own units (mm, ms, T, Hz/pixel, degrees, percent)."""

CODES = (
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "ImageType",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "SequenceName",
    "PulseSequenceName",
    "MRAcquisitionType",
    "InPlanePhaseEncodingDirection",
    "ReceiveCoilName",
    "TransmitCoilName",
    "BodyPartExamined",
    "PatientPosition",
    "EchoPulseSequence",
    "FatSaturation",
    "SpectrallySelectedSuppression",
    "DiffusionDirectionality",
    "RescaleType",
    "PhotometricInterpretation",
)
"""Keywords whose values the scanner chooses from a list."""

FREE_TEXT = ("SeriesDescription", "ProtocolName", "ContrastBolusAgent")
"""Keywords that a person can type into; kept only when they repeat no part of the patient's name or identifier."""

TIMES = ("AcquisitionTime", "ContentTime", "SeriesTime", "ContrastBolusStartTime")
"""Keywords of a time of day; kept as seconds since midnight, without any date."""

_LONGEST = 64

SIEMENS_GROUP, SIEMENS_CREATOR, COIL_STRING = 0x0051, "SIEMENS MR HEADER", 0x0F
COIL_ELEMENTS = re.compile(r"[A-Za-z0-9:;,+-]{1,64}")
"""What a list of coil elements is made of; anything else may be text that a person typed."""


def technical_headers(dataset: Dataset, *, b_values: Sequence[float] = ()) -> dict[str, object]:
    """Technical headers of one image as values that JSON can hold.

    Args:
        dataset: headers of one slice; of an enhanced file, the shared groups are looked into as well.
        b_values: the b-values (s/mm2) that belong to this volume, when more is known than one header tells:
            for an ADC map those it was computed from.

    Returns:
        DICOM keyword to value. Beside the standard keywords there are `DiffusionBValue` (from wherever the vendor
        keeps it) and `DiffusionBValues` when `b_values` is given. Never a name, identifier, birth date, accession
        number, institution, date or UID.
    """
    sources = [dataset, *_groups(dataset)]
    headers: dict[str, object] = {}
    for keyword in NUMBERS:
        _keep(headers, keyword, _numbers(_find(sources, keyword)))
    for keyword in CODES:
        _keep(headers, keyword, _texts(_find(sources, keyword)))
    if "ReceiveCoilName" not in headers:
        _keep(headers, "ReceiveCoilName", _siemens_coil(sources))
    forbidden = identity_words(dataset)
    for keyword in FREE_TEXT:
        text = _texts(_find(sources, keyword))
        if isinstance(text, str):
            _keep(headers, keyword, without_identity(text, forbidden))
    for keyword in TIMES:
        _keep(headers, keyword, seconds_of(_find(sources, keyword)))
    _keep(headers, "DiffusionBValue", diffusion_of(sources).b_value)
    _keep(headers, "DiffusionBValues", [float(b) for b in b_values] or None)
    return headers


def _siemens_coil(sources: Sequence[Dataset]) -> str | None:
    """The coil elements in use, which Siemens writes into a private tag only, e.g. `BO1,2;SP5`."""
    for source in sources:
        try:
            value = source.private_block(SIEMENS_GROUP, SIEMENS_CREATOR)[COIL_STRING].value
        except KeyError:
            continue
        text = (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip(" \0")
        return text if COIL_ELEMENTS.fullmatch(text) else None
    return None


def _keep(headers: dict[str, object], keyword: str, value: object) -> None:
    if value is not None and value != [] and value != "":
        headers[keyword] = value


def _groups(dataset: Dataset) -> list[Dataset]:
    """The items inside the shared and the first frame's functional groups of an enhanced file."""
    groups = []
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in list(dataset.get(keyword) or [])[:1]:
            groups += [element.value[0] for element in group if element.VR == "SQ" and element.value]
    return groups


def _find(sources: Sequence[Dataset], keyword: str) -> Any:
    return next((source.get(keyword) for source in sources if source.get(keyword) is not None), None)


def _numbers(value: Any) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float) or not hasattr(value, "__iter__"):
        return _number(value)
    numbers = [_number(item) for item in value]
    return None if any(number is None for number in numbers) else numbers


def _number(value: Any) -> float | int | None:
    number = number_of(value)
    if number is None:
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _texts(value: Any) -> object:
    if value is None:
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__") or isinstance(value, bytes):
        return str(value)[:_LONGEST].strip()
    return [str(item)[:_LONGEST].strip() for item in value]
