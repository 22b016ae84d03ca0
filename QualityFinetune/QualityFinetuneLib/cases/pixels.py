"""Decode the pixels of DICOM slices into one array, in the units that the rescale tags state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.pixels import get_decoder

from ..common.errors import ErrorCode, UserError
from .dicom_files import DAMAGED, NATIVE, quietly, read_whole, transfer_syntax
from .headers import Slice

ByGdcm = Callable[[str], None]
"""Told in one sentence why GDCM had to decode a file."""


def volume_of(slices: Sequence[Slice], *, by_gdcm: ByGdcm | None = None) -> np.ndarray:
    """Array (slices, rows, columns): int16 where whole numbers fit, int32 where they do not, else float32.

    The rescale slope and intercept are those of each slice: some scanners scale every slice by itself.

    Args:
        slices: in the order of the array.
        by_gdcm: told once for each file that GDCM decoded in pydicom's place. The scan tells the user; whoever reads
            the same files again need not.

    Raises:
        UserError: UNREADABLE_FILE naming the file whose pixels cannot be decoded.
    """
    opened: dict[Path, np.ndarray] = {}
    planes = []
    for one in slices:
        if one.path not in opened:
            # A multi-frame file is decoded once; of single-frame files only the current one is kept.
            if one.frame is None:
                opened.clear()
            opened[one.path] = stored_pixels(one.path, by_gdcm=by_gdcm)
        stored = opened[one.path]
        plane = stored if one.frame is None else stored[one.frame]
        if plane.shape != (one.rows, one.columns):
            raise _unreadable(one.path, f"its pixels are {plane.shape} instead of {(one.rows, one.columns)}")
        planes.append(_rescaled(plane, one.slope, one.intercept))
    volume = np.stack(planes)
    if volume.dtype.kind == "f":
        return volume.astype(np.float32)
    low, high = int(volume.min()), int(volume.max())
    return volume.astype(np.int16 if low >= -32768 and high <= 32767 else np.int32)


def stored_pixels(path: Path, *, by_gdcm: ByGdcm | None = None) -> np.ndarray:
    """The stored values of one file, (rows, columns) or (frames, rows, columns), before rescaling.

    Plain pixels are read by pydicom. Compressed ones too where its decoder can, else by GDCM within SimpleITK, which
    `by_gdcm` is told.

    Raises:
        UserError: UNREADABLE_FILE when neither can.
    """
    try:
        with quietly():
            dataset = read_whole(path)
            syntax = transfer_syntax(dataset)
            if syntax not in NATIVE:
                return _decompressed(path, dataset, by_gdcm)
            if "TransferSyntaxUID" not in getattr(dataset, "file_meta", ()):
                dataset.ensure_file_meta()
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
            return np.asarray(dataset.pixel_array)
    except DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160].rstrip(". ")
        raise _unreadable(path, reason) from error


def _decompressed(path: Path, dataset: pydicom.Dataset, by_gdcm: ByGdcm | None) -> np.ndarray:
    try:
        return np.asarray(dataset.pixel_array)
    except (RuntimeError, AttributeError, NotImplementedError):
        values = _by_gdcm(path, dataset)
    if by_gdcm is not None:
        by_gdcm(_why_gdcm(transfer_syntax(dataset)))
    return values


def _by_gdcm(path: Path, dataset: pydicom.Dataset) -> np.ndarray:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    values = sitk.GetArrayFromImage(reader.Execute())
    # GDCM has applied the rescale tags of the first frame; they are taken off again, as `volume_of` applies them.
    slope, intercept = float(dataset.get("RescaleSlope") or 1), float(dataset.get("RescaleIntercept") or 0)
    if (slope, intercept) != (1.0, 0.0):
        values = np.rint((values.astype(np.float64) - intercept) / slope).astype(np.int64)
    return values[0] if values.ndim == 3 and values.shape[0] == 1 else values


def _why_gdcm(syntax: str) -> str:
    uid = pydicom.uid.UID(syntax)
    try:
        available = get_decoder(uid).is_available
    except NotImplementedError:
        available = False
    failed = "could not decode a file stored as" if available else "has no decoder here for"
    return f"The library pydicom, which is tried first, {failed} {uid.name}."


def _rescaled(stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    whole = stored.astype(np.int64)
    if slope == int(slope) and intercept == int(intercept):
        return whole * int(slope) + int(intercept)
    return whole * slope + intercept


def _unreadable(path: Path, reason: str) -> UserError:
    return UserError(
        ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} could not be read.",
        why=f"Its pixels cannot be decoded: {reason}.",
        next="Send the series again from the scanner or archive, without compression if possible.",
    )
