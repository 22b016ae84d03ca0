"""Decode the pixels of DICOM slices into one array, in the units that the rescale tags state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError
from .dicom_files import DAMAGED, NATIVE, quietly, read_whole, transfer_syntax
from .headers import Slice


def volume_of(slices: Sequence[Slice]) -> np.ndarray:
    """Array (slices, rows, columns): int16 where whole numbers fit, int32 where they do not, else float32.

    The rescale slope and intercept are those of each slice: some scanners scale every slice by itself.

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
            opened[one.path] = stored_pixels(one.path)
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


def stored_pixels(path: Path) -> np.ndarray:
    """The stored values of one file, (rows, columns) or (frames, rows, columns), before rescaling.

    Plain pixels are read by pydicom. Compressed ones too where it has a decoder, else by GDCM within SimpleITK.
    """
    try:
        with quietly():
            dataset = read_whole(path)
            syntax = transfer_syntax(dataset)
            if syntax not in NATIVE:
                return _decompressed(path, dataset)
            if "TransferSyntaxUID" not in getattr(dataset, "file_meta", ()):
                dataset.ensure_file_meta()
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
            return np.asarray(dataset.pixel_array)
    except DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160].rstrip(". ")
        raise _unreadable(path, reason) from error


def _decompressed(path: Path, dataset: pydicom.Dataset) -> np.ndarray:
    try:
        return np.asarray(dataset.pixel_array)
    except (RuntimeError, AttributeError, NotImplementedError):
        pass  # pydicom has no decoder for this syntax here; GDCM may.
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    values = sitk.GetArrayFromImage(reader.Execute())
    # GDCM has applied the rescale tags of the first frame; they are taken off again, as `volume_of` applies them.
    slope, intercept = float(dataset.get("RescaleSlope") or 1), float(dataset.get("RescaleIntercept") or 0)
    if (slope, intercept) != (1.0, 0.0):
        values = np.rint((values.astype(np.float64) - intercept) / slope).astype(np.int64)
    return values[0] if values.ndim == 3 and values.shape[0] == 1 else values


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
