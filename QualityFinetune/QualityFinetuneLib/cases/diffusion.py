"""The b-value of a diffusion image, wherever its vendor writes it.

Sources: DICOM PS3.3 C.8.13.5.9 for the standard tags; the vendors' DICOM conformance statements for the private ones.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

GE_OFFSET = 1e9
"""GE adds 1,000,000,000 to the b-values of some reconstructions."""

MAX_B = 20000.0
"""s/mm2; a larger number in a b-value field is something else."""

_SEQUENCE_B = re.compile(r"(?:^|[^a-z])(?:ep_)?b(\d{1,5})(?:t|#\d+)?$", re.IGNORECASE)
_SEQUENCE_SOURCES = re.compile(r"_b(\d{1,5})_(\d{1,5})$", re.IGNORECASE)
_DESCRIPTION_B = re.compile(
    r"(?:^|[^a-z0-9])b(?:[ _-]?val(?:ue)?)?[ _=-]{0,3}(\d{2,5})(?!\d|[-_,/ ]+\d{2,})", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Diffusion:
    """What the header says about diffusion weighting.

    Attributes:
        b_value: s/mm2, None where nothing tells.
        directional: True for one gradient direction, False for a trace image, None where nothing tells.
        source_b_values: lowest and highest b-value behind a derived map, where the sequence name tells.
    """

    b_value: float | None = None
    directional: bool | None = None
    source_b_values: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _PrivateField:
    """A vendor's private element: (group, block + offset) under its creator's name."""

    manufacturer: str
    group: int
    creator: str
    offset: int


SIEMENS_B = _PrivateField(manufacturer="siemens", group=0x0019, creator="SIEMENS MR HEADER", offset=0x0C)
SIEMENS_DIRECTIONALITY = _PrivateField(manufacturer="siemens", group=0x0019, creator="SIEMENS MR HEADER", offset=0x0D)
GE_B = _PrivateField(manufacturer="ge", group=0x0043, creator="GEMS_PARM_01", offset=0x39)
PHILIPS_B = _PrivateField(manufacturer="philips", group=0x2001, creator="Philips Imaging DD 001", offset=0x03)
PHILIPS_DIRECTION = _PrivateField(manufacturer="philips", group=0x2001, creator="Philips Imaging DD 001", offset=0x04)
UIH_B = _PrivateField(manufacturer="uih", group=0x0065, creator="Image Private Header", offset=0x09)


def diffusion_of(datasets: Sequence[Dataset]) -> Diffusion:
    """Diffusion values of one image.

    Args:
        datasets: the places to look at, the most specific first; a classic image has one.
    """
    name = _text(datasets, "SequenceName")
    b_value = next((b for b in map(_tagged_b, datasets) if b is not None), None)
    if b_value is None:
        found = _SEQUENCE_B.search(name) or _DESCRIPTION_B.search(_text(datasets, "SeriesDescription"))
        b_value = _plausible(found.group(1)) if found else None
    sources = _SEQUENCE_SOURCES.search(name)
    return Diffusion(
        b_value=b_value,
        directional=next((d for d in map(_directional, datasets) if d is not None), None),
        source_b_values=tuple(float(b) for b in sources.groups()) if sources else (),
    )


def _tagged_b(dataset: Dataset) -> float | None:
    standard = _plausible(dataset.get("DiffusionBValue"))
    if standard is not None:
        return standard
    for field, unpacked in ((SIEMENS_B, "<d"), (GE_B, ""), (PHILIPS_B, "<f"), (UIH_B, "<d")):
        b_value = _plausible(_private(dataset, field), unpacked)
        if b_value is not None:
            return b_value
    return None


def _directional(dataset: Dataset) -> bool | None:
    for value in (
        dataset.get("DiffusionDirectionality"),
        _private(dataset, SIEMENS_DIRECTIONALITY),
        _private(dataset, PHILIPS_DIRECTION),
    ):
        word = (value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value or "")).strip().upper()
        if word in ("ISOTROPIC", "I"):
            return False
        if word in ("DIRECTIONAL", "BMATRIX", "P", "M", "S", "O"):
            return True
    return None


def _private(dataset: Dataset, field: _PrivateField) -> Any:
    """Value of a private element; also where an anonymiser kept the element but dropped its creator."""
    try:
        return dataset.private_block(field.group, field.creator)[field.offset].value
    except KeyError:
        pass
    bare = dataset.get((field.group, 0x1000 + field.offset))
    maker = str(dataset.get("Manufacturer") or "").lower()
    return bare.value if bare is not None and maker.startswith(field.manufacturer) else None


def _plausible(value: Any, packed: str = "") -> float | None:
    """A b-value from a number, text, a list whose first item it is, or bytes of an element of unknown type."""
    if isinstance(value, bytes):
        value = _from_bytes(value, packed)
    elif not isinstance(value, str) and hasattr(value, "__getitem__"):
        value = value[0] if len(value) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if number >= GE_OFFSET:
        number -= GE_OFFSET
    return number if math.isfinite(number) and 0 <= number <= MAX_B else None


def _from_bytes(value: bytes, packed: str) -> Any:
    first = value.split(b"\\")[0].strip(b" \0")
    if first.isdigit():
        return first.decode("ascii")
    if packed and len(value) == struct.calcsize(packed):
        return struct.unpack(packed, value)[0]
    return None


def _text(datasets: Sequence[Dataset], keyword: str) -> str:
    return next((str(d.get(keyword)) for d in datasets if d.get(keyword)), "")
