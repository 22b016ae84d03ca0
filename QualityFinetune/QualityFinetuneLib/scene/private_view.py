"""A slice view of its own, off screen, in a scene of its own.

The nodes to be shown are mirrored into it and share their voxels, so taking a picture changes nothing in the user's
scene and shows nothing but what was asked for. The drawing itself is done by Slicer's slice logic and its displayable
manager of segmentations, the same code as on screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..common.errors import ErrorCode, UserError
from . import names

VIEW_NAME = "QualityFinetunePicture"
ORIENTATIONS = {"axial": "Axial", "sagittal": "Sagittal", "coronal": "Coronal"}


class PrivateView:
    """One offscreen slice view.

    Attributes:
        node: its `vtkMRMLSliceNode`, to be aimed.
        volume: the mirrored volume node.
        segmentation: the mirrored segmentation node, or None.
        size_px: width and height.
    """

    def __init__(self, volume: Any, segmentation: Any, *, size_px: tuple[int, int]) -> None:
        import slicer
        import vtk

        self.size_px = size_px
        self._scene = slicer.vtkMRMLScene()
        # The displayable manager asks for it at every turn and complains where there is none.
        self._scene.AddNode(slicer.vtkMRMLInteractionNode())
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self._scene, True)
        self.volume = _mirrored_volume(self._scene, volume)
        self.segmentation = _mirrored_segmentation(self._scene, segmentation) if segmentation is not None else None
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLScene(self._scene)
        self.node = self._logic.AddSliceNode(VIEW_NAME)
        self.node.SetMappedInLayout(1)
        self._logic.GetSliceCompositeNode().SetBackgroundVolumeID(self.volume.GetID())
        self._logic.ResizeSliceNode(*size_px)
        self.renderer = vtk.vtkRenderer()
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self._window = _offscreen_window(size_px)
        self._window.AddRenderer(self.renderer)
        # Asked for by the displayable manager; this kind opens no window and hears no mouse.
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._captions: list[Any] = []
        self._slice = vtk.vtkActor2D()
        self.renderer.AddViewProp(self._slice)
        # A group of one, not of all that the application has registered: markups and rulers stay out of the picture.
        manager = slicer.vtkMRMLSegmentationsDisplayableManager2D()
        manager.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self._managers = slicer.vtkMRMLDisplayableManagerGroup()
        self._managers.SetRenderer(self.renderer)
        self._managers.AddDisplayableManager(manager)
        self._managers.SetMRMLDisplayableNode(self.node)

    def orient(self, axis: str) -> None:
        """Turn to `axial`, `sagittal` or `coronal`, as the volume's own planes lie.

        Raises:
            UserError: BAD_VALUES for another word.
        """
        if axis not in ORIENTATIONS:
            raise UserError(
                ErrorCode.BAD_VALUES,
                what="The picture was not made.",
                why=f"{axis} is no direction of view.",
                next="Use axial, sagittal or coronal.",
            )
        self.node.SetOrientation(ORIENTATIONS[axis])
        self.node.RotateToVolumePlane(self.volume)

    def write(self, captions: list[Any]) -> None:
        """Draw these VTK props over the slice instead of those before."""
        for prop in self._captions:
            self.renderer.RemoveViewProp(prop)
        for prop in captions:
            self.renderer.AddViewProp(prop)
        self._captions = list(captions)

    def pixels(self) -> NDArray[np.uint8]:
        """The picture, uint8 of shape (height, width, 3), red green blue, first row on top."""
        import vtk

        mapper = vtk.vtkImageMapper()  # the slice logic has applied window and level already
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        mapper.SetInputConnection(self._logic.GetImageDataConnection())
        self._slice.SetMapper(mapper)
        self._slice.GetProperty().SetDisplayLocationToBackground()
        self._window.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.Update()
        return colors_of(grabber.GetOutput())

    def close(self) -> None:
        """Let go of the window and of the shared voxels."""
        self._managers.SetMRMLDisplayableNode(None)
        self._managers.SetRenderer(None)
        self._logic.SetMRMLScene(None)
        if self.segmentation is not None:
            self.segmentation.SetAndObserveSegmentation(None)
        self._scene.Clear(True)
        self._window.Finalize()


@contextmanager
def private_view(volume: Any, segmentation: Any, *, size_px: tuple[int, int]) -> Iterator[PrivateView]:
    """A `PrivateView` that is closed at the end.

    Raises:
        UserError: MISSING_PACKAGE where this machine cannot draw off screen.
    """
    view = PrivateView(volume, segmentation, size_px=size_px)
    try:
        yield view
    finally:
        view.close()


def colors_of(image: Any) -> NDArray[np.uint8]:
    """Rows from top to bottom of a 2D `vtkImageData` of colours, as an array of its own."""
    from vtk.util import numpy_support

    width, height, _ = image.GetDimensions()
    colors = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    return np.ascontiguousarray(colors.reshape(height, width, -1)[::-1, :, :3])


@cache
def _can_draw() -> bool:
    """Whether VTK finds any OpenGL here; asked once, because the answer takes a window."""
    import vtk

    return bool(vtk.vtkRenderWindow().SupportsOpenGL())


def _offscreen_window(size_px: tuple[int, int]) -> Any:
    import vtk

    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetShowWindow(False)
    window.SetMultiSamples(0)
    window.SetSize(*size_px)
    if not _can_draw():
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what="Pictures cannot be made on this machine.",
            why="It has no OpenGL to draw with, neither a screen's nor an offscreen one (EGL, OSMesa).",
            next="Install your system's Mesa packages for EGL, or use a machine with a screen.",
        )
    return window


def _mirrored_volume(scene: Any, volume: Any) -> Any:
    import slicer

    mirrored = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", volume.GetName())
    mirrored.SetAttribute(names.SIMULATED, volume.GetAttribute(names.SIMULATED))
    axes = [[0.0] * 3 for _ in range(3)]
    volume.GetIJKToRASDirections(axes)
    mirrored.SetSpacing(volume.GetSpacing())
    mirrored.SetOrigin(volume.GetOrigin())
    mirrored.SetIJKToRASDirections(*(value for row in axes for value in row))
    mirrored.SetAndObserveImageData(volume.GetImageData())
    color = slicer.vtkMRMLColorTableNode()
    color.SetTypeToGrey()
    color = scene.AddNode(color)
    display = scene.AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
    display.SetAndObserveColorNodeID(color.GetID())
    shown = volume.GetDisplayNode()
    display.SetAutoWindowLevel(shown is None)
    if shown is not None:
        display.SetWindowLevel(shown.GetWindow(), shown.GetLevel())
        display.SetInterpolate(shown.GetInterpolate())
    mirrored.SetAndObserveDisplayNodeID(display.GetID())
    return mirrored


def _mirrored_segmentation(scene: Any, segmentation: Any) -> Any:
    mirrored = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", segmentation.GetName())
    mirrored.SetAttribute(names.SIMULATED, segmentation.GetAttribute(names.SIMULATED))
    mirrored.SetAndObserveSegmentation(segmentation.GetSegmentation())
    mirrored.CreateDefaultDisplayNodes()
    return mirrored
