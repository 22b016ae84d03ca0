"""Read a series or an image file as a 3D image in physical space; write one completely or not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError
from ..common.files import write_with
from .found import FoundSeries
from .headers import Refusal, Slice, read_slices
from .integrity import plain_nifti
from .pixels import volume_of
from .slice_geometry import geometry_of_slices, irregular
from .volume_header import header_of, image_suffix, itk_failure, last_line, unusable, without_itk_warnings


def read_series(series: FoundSeries) -> sitk.Image:
    """The volume of one found series, with the geometry it has on disk.

    Raises:
        UserError: UNREADABLE_FILE or BAD_GEOMETRY, naming the file.
    """
    if series.series_uid is None:
        return read_image(series.paths[0], frame=series.frame)
    return image_of_slices(_slices_again(series))


def image_of_slices(slices: list[Slice]) -> sitk.Image:
    """The 3D image of DICOM slices already in order.

    Raises:
        UserError: UNREADABLE_FILE for a slice that cannot be decoded.
    """
    geometry = geometry_of_slices(slices)
    image = sitk.GetImageFromArray(volume_of(slices))
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction)
    return image


def read_image(path: Path, *, frame: int | None = None) -> sitk.Image:
    """A 3D image from a NIfTI, NRRD or MetaImage file.

    Args:
        path: the file.
        frame: which volume of a 4D file; None for a 3D file.

    Raises:
        UserError: UNREADABLE_FILE, BAD_GEOMETRY, or BAD_VALUES for what is no picture of numbers.
    """
    header = header_of(path)
    size, components = tuple(header.GetSize()), int(header.GetNumberOfComponents())
    with without_itk_warnings(), _readable(path, header) as readable:
        try:
            image = sitk.ReadImage(str(readable))
        except RuntimeError as error:
            raise itk_failure(path, error) from error
    if components > 1:
        if frame is None:
            raise _four_d(path, components)
        image = sitk.VectorIndexSelectionCast(image, _in_range(path, frame, components))
    elif len(size) == 4:
        if frame is None and size[3] > 1:
            raise _four_d(path, size[3])
        image = image[:, :, :, _in_range(path, frame or 0, size[3])]
    elif frame:
        raise unusable(path, f"It holds one volume, so there is no volume {frame + 1}.")
    _require_geometry(path, image)
    return image


def _readable(path: Path, header: sitk.ImageFileReader) -> AbstractContextManager[Path]:
    """What ITK may read: the file itself, or for NIfTI a whole and uncompressed one."""
    if image_suffix(path) not in (".nii", ".nii.gz"):
        return nullcontext(path)
    try:
        bits, offset = int(header.GetMetaData("bitpix")), int(float(header.GetMetaData("vox_offset")))
        colour = header.GetMetaData("datatype") in ("128", "2304")  # RGB and RGBA in NIfTI's table of types
    except (RuntimeError, ValueError) as error:
        raise unusable(path, "Its NIfTI header is damaged.", code=ErrorCode.UNREADABLE_FILE) from error
    if colour:
        raise unusable(path, "It is a colour picture, not measured signal.")
    voxels = int(np.prod(header.GetSize(), dtype=object)) * int(header.GetNumberOfComponents())
    return plain_nifti(path, voxels * bits // 8, offset)


def write_image(image: sitk.Image, path: Path) -> None:
    """Write `image` compressed, completely or not at all; the suffix chooses the format.

    Raises:
        UserError: DISK_FULL, or UNREADABLE_FILE when the format cannot hold the image.
    """

    def write(temporary: Path) -> None:
        try:
            sitk.WriteImage(image, str(temporary), useCompression=True)
        except RuntimeError as error:
            raise UserError(
                ErrorCode.UNREADABLE_FILE,
                what=f"{path.name} could not be written.",
                why=f"{last_line(error)}.",
                next="Check that the folder can be written to and that the name ends in .nrrd.",
            ) from error

    write_with(path, write)


def _slices_again(series: FoundSeries) -> list[Slice]:
    frames = series.frames or (None,) * len(series.paths)
    headers: dict[Path, list[Slice] | Refusal] = {}
    ordered = []
    for path, frame in zip(series.paths, frames, strict=True):
        if path not in headers:
            headers[path] = read_slices(path)
        found = headers[path]
        if isinstance(found, Refusal):
            raise UserError(found.code, what=f"{path.name} could not be read.", why=found.why, next=found.next)
        ordered.append(found[frame or 0])
    defect = next((one for one in ordered if one.defect), None)
    problem = f"{defect.path.name} {defect.defect}." if defect else irregular(ordered)
    if problem:
        raise UserError(
            ErrorCode.UNREADABLE_FILE if defect else ErrorCode.BAD_GEOMETRY,
            what=f"The series {series.name} could not be read.",
            why=problem,
            next="Its files have changed since they were found; send the series again, then import once more.",
        )
    return ordered


def _require_geometry(path: Path, image: sitk.Image) -> None:
    values = np.array([*image.GetSpacing(), *image.GetOrigin(), *image.GetDirection()])
    axes = np.reshape(image.GetDirection(), (3, 3))
    if not np.isfinite(values).all() or min(image.GetSpacing()) <= 0:
        raise unusable(path, "Its origin, spacing or direction is not a finite number.")
    if np.abs(axes.T @ axes - np.eye(3)).max() > 1e-3:
        raise unusable(path, "Its axes are not at right angles.")


def _in_range(path: Path, frame: int, frames: int) -> int:
    if not 0 <= frame < frames:
        raise unusable(path, f"It holds {frames} volumes, so there is no volume {frame + 1}.")
    return frame


def _four_d(path: Path, frames: int) -> UserError:
    return UserError(
        ErrorCode.BAD_GEOMETRY,
        what=f"{path.name} was not read as one volume.",
        why=f"It holds {frames} volumes.",
        next="Put a .bval file with the b-value of each volume beside it, or save each volume as a file.",
    )
