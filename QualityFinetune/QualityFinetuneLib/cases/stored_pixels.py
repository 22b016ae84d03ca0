"""Whether the pixels of a DICOM file are there and whole, measured without decoding them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from pydicom.dataset import Dataset

from .dicom_files import NATIVE, transfer_syntax
from .header_values import integer_of


@dataclass(frozen=True, kw_only=True)
class StoredPixels:
    """What of the pixels is in the file, without decoding them."""

    there: bool = False
    plain: bool = True
    bytes: int = 0
    ended: bool = False


def measure(file: BinaryIO, dataset: Dataset) -> StoredPixels:
    """Measure the pixel data element that `file` stands before."""
    tag = file.read(12)
    if tag[:4] not in (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"):
        return StoredPixels()
    start = file.tell() if tag[4:6] in (b"OW", b"OB", b"UN") else file.tell() - 4
    end = file.seek(0, 2)
    if transfer_syntax(dataset) in NATIVE:
        return StoredPixels(there=True, bytes=end - start)
    return StoredPixels(there=True, plain=False, ended=_fragments_end(file, start, end))


def defect_of(dataset: Dataset, frames: int, pixels: StoredPixels) -> str | None:
    """Why the pixels cannot be read, as the end of a sentence that begins with the file's name; else None."""
    rows, columns = integer_of(dataset.get("Rows")) or 0, integer_of(dataset.get("Columns")) or 0
    if not pixels.there:
        return "has no pixels"
    bits, sign = integer_of(dataset.get("BitsAllocated")), integer_of(dataset.get("PixelRepresentation"))
    samples = integer_of(dataset.get("SamplesPerPixel"))
    stored, shown = integer_of(dataset.get("BitsStored")), str(dataset.get("PhotometricInterpretation") or "")
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
