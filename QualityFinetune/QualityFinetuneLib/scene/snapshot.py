"""A picture of one slice of a volume with a segmentation over it, from the nodes of a scene, without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..common.errors import ErrorCode, UserError
from ..common.files import write_with
from . import captions
from .geometry import (
    LPS_TO_RAS,
    geometry_of_node,
    geometry_of_oriented,
    index_to_ras,
    ras_to_index,
    voxels_of,
    vtk_image,
)
from .label_maps import drawn_images
from .private_view import PrivateView, private_view
from .views import aim, fitting_field_of_view, focus

SIZE_PX = (640, 640)
FILL_OPACITY = 0.1
SMALLEST_PX, LARGEST_PX = 64, 4096


def snapshot(
    scene: Any,
    volume_node: Any,
    segmentation_node: Any = None,
    *,
    axis: str = "axial",
    slice_offset: float | None = None,
    index: int | None = None,
    size_px: int | tuple[int, int] = SIZE_PX,
    field_of_view_mm: float | None = None,
    centered_on: Any = None,
    fill_opacity: float = FILL_OPACITY,
    caption: bool = True,
) -> NDArray[np.uint8]:
    """Take a picture of one slice, in the volume's own planes, centred on what is drawn.

    Args:
        scene: the scene that both nodes are in; nothing in it is changed.
        volume_node: shown with its own window and level.
        segmentation_node: drawn as outline and light fill; None for the volume alone.
        axis: `axial`, `sagittal` or `coronal`: whichever of the volume's planes is nearest to it.
        slice_offset: distance in mm along the slice's normal from the RAS origin, as a slice view's slider shows it.
        index: number of the slice in the volume, from 0. Without both, the slice with most of the segmentation is
            taken, or the one through the volume's middle.
        size_px: width and height, or one number for both.
        field_of_view_mm: length of the shorter side; None to fit the gland.
        centered_on: another segmentation whose middle is the centre, so that pictures of the two compare.
        fill_opacity: 0 for outlines only.
        caption: write series, slice, structures, sides, a scale, and `simulated` where it is.

    Returns:
        uint8 of shape (height, width, 3), red green blue.

    Raises:
        UserError: BAD_VALUES for a direction or slice there is not; MISSING_PACKAGE where nothing can be drawn.
    """
    with opened(scene, volume_node, segmentation_node, size_px=size_px) as view:
        view.orient(axis)
        number = _slice_number(view, slice_offset=slice_offset, index=index)
        return take(
            view,
            number,
            field_of_view_mm=field_of_view_mm,
            centered_on=centered_on,
            fill_opacity=fill_opacity,
            caption=caption,
        )


@contextmanager
def opened(
    scene: Any, volume_node: Any, segmentation_node: Any, *, size_px: int | tuple[int, int]
) -> Iterator[PrivateView]:
    """A view to take several pictures with; see `snapshot`."""
    if volume_node.GetScene() is not scene:
        raise _refused("Its volume is not in the scene.", "Show the case again.")
    with private_view(volume_node, segmentation_node, size_px=_checked_size(size_px)) as view:
        yield view


def take(
    view: PrivateView,
    number: int,
    *,
    field_of_view_mm: float | None = None,
    centered_on: Any = None,
    fill_opacity: float = FILL_OPACITY,
    caption: bool = True,
) -> NDArray[np.uint8]:
    """The picture of slice `number` (from 0) in a view that has its orientation; see `snapshot`."""
    middle_of = centered_on if centered_on is not None else view.segmentation
    shown_mm = field_of_view_mm or fitting_field_of_view(middle_of)
    aim(view.node, view.volume, _centre(view, number, middle_of), field_of_view_mm=shown_mm)
    if view.segmentation is not None:
        display = view.segmentation.GetDisplayNode()
        display.SetOpacity2DFill(fill_opacity)
        display.SetOpacity2DOutline(1.0)
        display.SetSliceIntersectionThickness(max(2, round(min(view.size_px) / 256)))
    view.write(_captions(view, number, shown_mm=shown_mm) if caption else [])
    return view.pixels()


def save_png(scene: Any, path: Path, volume_node: Any, segmentation_node: Any = None, **options: Any) -> None:
    """Take a picture and write it as PNG; `options` are those of `snapshot`."""
    write_png(snapshot(scene, volume_node, segmentation_node, **options), path)


def write_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a picture (height, width, 3) as PNG, completely or not at all.

    Raises:
        UserError: DISK_FULL.
    """
    import vtk

    writer = vtk.vtkPNGWriter()
    writer.SetInputData(_as_vtk(pixels))

    def write(temporary: Path) -> None:
        writer.SetFileName(str(temporary))
        writer.Write()
        if writer.GetErrorCode():
            raise OSError(writer.GetErrorCode(), f"{path.name} could not be written")

    write_with(path, write)


def ml_by_slice(view: PrivateView) -> NDArray[np.float64]:
    """Volume in ml that the segmentation has in each slice of the volume, in the view's orientation."""
    along = _slice_axis(view)
    geometry = geometry_of_node(view.volume)
    result = np.zeros(geometry.size[along])
    for _, image in drawn_images(view.segmentation) if view.segmentation is not None else ():
        here = geometry_of_oriented(image)
        indices = np.argwhere(voxels_of(image) != 0)[:, ::-1]
        slices = np.rint(ras_to_index(geometry, index_to_ras(here, indices))[:, along]).astype(int)
        inside = slices[(slices >= 0) & (slices < result.size)]
        result += np.bincount(inside, minlength=result.size) * float(np.prod(here.spacing_mm)) / 1000.0
    return result


def _slice_axis(view: PrivateView) -> int:
    """Which index axis (0 i, 1 j, 2 k) of the volume runs along the slice's normal."""
    axes = np.reshape(geometry_of_node(view.volume).direction, (3, 3)).T @ LPS_TO_RAS
    return int(np.argmax(np.abs(axes @ _slice_to_ras(view)[:3, 2])))


def _slice_number(view: PrivateView, *, slice_offset: float | None, index: int | None) -> int:
    along, geometry = _slice_axis(view), geometry_of_node(view.volume)
    count = geometry.size[along]
    if slice_offset is not None:
        normal = _slice_to_ras(view)[:3, 2]
        middle = focus(view.volume)
        position = middle + (slice_offset - float(middle @ normal)) * normal
        index = int(np.rint(ras_to_index(geometry, position)[along]))
    if index is None:
        filled = ml_by_slice(view)
        return int(filled.argmax()) if filled.any() else count // 2
    return _checked_number(index, count)


def _checked_number(index: int, count: int) -> int:
    if not 0 <= index < count:
        raise _refused(f"There is no slice {index + 1}; the volume has {count}.", f"Use a slice from 1 to {count}.")
    return index


def _centre(view: PrivateView, number: int, segmentation: Any) -> NDArray[np.float64]:
    geometry, along = geometry_of_node(view.volume), _slice_axis(view)
    index = ras_to_index(geometry, focus(view.volume, segmentation))
    index[along] = _checked_number(number, geometry.size[along])
    return index_to_ras(geometry, index)


def _captions(view: PrivateView, number: int, *, shown_mm: float) -> list[Any]:
    size = view.size_px
    count = geometry_of_node(view.volume).size[_slice_axis(view)]
    lines = captions.wrapped(captions.title_of(view.volume, view.segmentation, number=number + 1, count=count))
    return [
        *captions.title(lines, size_px=size),
        *captions.sides(_slice_to_ras(view), below_lines=len(lines), size_px=size),
        *captions.scale(mm_per_px=shown_mm / min(size), size_px=size),
        *(captions.legend(view.segmentation, size_px=size) if view.segmentation is not None else ()),
    ]


def _slice_to_ras(view: PrivateView) -> NDArray[np.float64]:
    matrix = view.node.GetSliceToRAS()
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def _as_vtk(pixels: NDArray[np.uint8]) -> Any:
    from vtk.util import numpy_support

    image = vtk_image(np.zeros((1, *pixels.shape[:2]), np.uint8))
    rows = np.ascontiguousarray(pixels[::-1]).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(rows, deep=True))
    return image


def _checked_size(size_px: int | tuple[int, int]) -> tuple[int, int]:
    width, height = (size_px, size_px) if isinstance(size_px, int) else size_px
    if not all(SMALLEST_PX <= length <= LARGEST_PX for length in (width, height)):
        raise _refused(
            f"A size of {width} x {height} pixels is not possible.",
            f"Use {SMALLEST_PX} to {LARGEST_PX} pixels for each side.",
        )
    return width, height


def _refused(why: str, next: str) -> UserError:
    return UserError(ErrorCode.BAD_VALUES, what="The picture was not made.", why=why, next=next)
