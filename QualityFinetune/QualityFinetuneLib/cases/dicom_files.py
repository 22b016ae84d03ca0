"""Open DICOM files of unknown origin with pydicom, quietly: what is wrong in them is told once, in our own words."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

DAMAGED = (
    InvalidDicomError,
    BytesLengthException,
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What pydicom raises on damaged files; its decoders, and SimpleITK, raise RuntimeError."""

NATIVE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
"""Transfer syntaxes whose pixels are plain bytes, so their number is known beforehand."""

IMPLICIT = "1.2.840.10008.1.2"
"""What a file without a meta header is written in (PS3.5, 10.1)."""


@contextmanager
def quietly() -> Iterator[None]:
    """Neither warn nor log while values are read: pydicom quotes odd values, and these may be the patient's."""
    logger = logging.getLogger("pydicom")
    level, mode = logger.level, config.settings.reading_validation_mode
    logger.setLevel(logging.CRITICAL + 1)
    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        config.settings.reading_validation_mode = mode


def read_header(source: Path | BinaryIO) -> Dataset:
    """Everything before the pixels. Raises any of `DAMAGED`; use the values inside `quietly` as well."""
    with quietly():
        return pydicom.dcmread(source, stop_before_pixels=True, force=True)


def read_whole(path: Path) -> Dataset:
    """The whole file. Raises any of `DAMAGED`."""
    with quietly():
        return pydicom.dcmread(path, force=True)


def transfer_syntax(dataset: Dataset) -> str:
    """UID of how the file is encoded."""
    meta = getattr(dataset, "file_meta", None) or Dataset()
    return str(meta.get("TransferSyntaxUID") or IMPLICIT)
