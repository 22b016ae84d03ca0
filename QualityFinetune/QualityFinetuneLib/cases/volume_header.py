"""Volume files before their voxels are read: is it one, is its header plausible, and what to tell if not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
"""Files that hold a whole volume, the double suffix first."""

MAX_VOXELS = 1 << 29
"""Half a billion voxels: far beyond any prostate exam, and what a damaged header claims."""


def image_suffix(path: Path) -> str | None:
    """The suffix of a volume file, `.nii.gz` as one; None for other files."""
    name = path.name.lower()
    return next((suffix for suffix in IMAGE_SUFFIXES if name.endswith(suffix)), None)


def image_size(path: Path) -> tuple[tuple[int, ...], int]:
    """Voxels along each axis and values a voxel, from the file's header alone.

    Raises:
        UserError: UNREADABLE_FILE or BAD_GEOMETRY.
    """
    header = header_of(path)
    return tuple(header.GetSize()), int(header.GetNumberOfComponents())


def header_of(path: Path) -> sitk.ImageFileReader:
    """A reader that has read the header, which describes a picture of plausible size."""
    _require_file(path)
    _require_data_beside(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    with without_itk_warnings():
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            raise itk_failure(path, error) from error
    size, components = tuple(reader.GetSize()), int(reader.GetNumberOfComponents())
    if len(size) not in (3, 4) or min(size) < 1:
        raise unusable(path, f"It has {len(size)} dimensions; a volume has 3.")
    if int(np.prod(size, dtype=object)) * components > MAX_VOXELS:
        raise unusable(path, f"It claims {' x '.join(map(str, size))} voxels, more than any exam has.")
    if "complex" in sitk.GetPixelIDValueAsString(reader.GetPixelID()):
        raise unusable(path, "It holds complex numbers instead of a picture.")
    return reader


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path.name} could not be read.",
            why=f"There is no such file in {path.parent}.",
            next="Check that the disk or network folder is connected.",
        )
    if path.stat().st_size == 0:
        raise unusable(path, "It is empty.", code=ErrorCode.UNREADABLE_FILE)


def _require_data_beside(path: Path) -> None:
    """A text header may name another file as its voxels; that file must be a plain one in the same folder."""
    key = {
        ".nrrd": b"data file:",
        ".nhdr": b"data file:",
        ".mha": b"elementdatafile",
        ".mhd": b"elementdatafile",
    }.get(path.suffix.lower())
    if key is None:
        return
    with path.open("rb") as file:
        head = file.read(1 << 16).split(b"\n\n")[0]
    for line in head.splitlines():
        lowered = line.lower().replace(b"datafile:", b"data file:") if key == b"data file:" else line.lower()
        if not lowered.startswith(key):
            continue
        named = line.split(b":" if key == b"data file:" else b"=", 1)[-1].strip().decode("utf-8", "replace")
        if named.upper() == "LOCAL" and key == b"elementdatafile":
            return
        if Path(named).name != named or not (path.parent / named).is_file() or (path.parent / named).is_symlink():
            raise unusable(
                path,
                "Its voxels are to be in another file that does not lie beside it.",
                code=ErrorCode.UNREADABLE_FILE,
            )


def itk_failure(path: Path, error: RuntimeError) -> UserError:
    """What SimpleITK's exception means."""
    text = str(error)
    if "orthonormal" in text.lower() or "direction" in text.lower():
        return unusable(path, "Its axes are not at right angles.")
    if "Unable to determine ImageIO reader" in text:
        why = f"Its content is damaged, or it is no {image_suffix(path) or path.suffix} file."
        return unusable(path, why, code=ErrorCode.UNREADABLE_FILE)
    return unusable(path, f"The image library refuses it: {last_line(error)}.", code=ErrorCode.UNREADABLE_FILE)


def unusable(path: Path, why: str, *, code: ErrorCode = ErrorCode.BAD_GEOMETRY) -> UserError:
    """The error that says why an image cannot be read."""
    return UserError(
        code,
        what=f"{path.name} could not be read.",
        why=why,
        next="Export the image again, as .nrrd or .nii.gz.",
    )


def last_line(error: Exception) -> str:
    """The line of a SimpleITK exception that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Reason:" not in line]
    last = lines[-1] if lines else type(error).__name__
    return last.split("): ")[-1].rstrip(". ")[:200]


@contextmanager
def without_itk_warnings() -> Iterator[None]:
    """Without ITK's own warnings on the error stream; what matters is told by the exceptions."""
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
