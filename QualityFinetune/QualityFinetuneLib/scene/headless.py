"""A Slicer application without the desktop: the real scene and module logics of the slicer-core package.

Inside Slicer nothing is started and the user's own scene is returned, so callers need not know where they run.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ..common.errors import ErrorCode, UserError

RENDER_WINDOW = "VTK_DEFAULT_OPENGL_WINDOW"
"""VTK reads this variable once, when the first render window is made."""

OFFSCREEN_WINDOWS = (
    ("vtkEGLRenderWindow", "libEGL.so.1"),
    ("vtkOSOpenGLRenderWindow", "libOSMesa.so.8"),
    ("vtkOSOpenGLRenderWindow", "libOSMesa.so.6"),
)
"""Render windows that need no screen, best first, each with the system library it draws through."""

LOGICS = (
    ("Colors", "vtkMRMLColorLogic"),
    ("SubjectHierarchy", "vtkSlicerSubjectHierarchyModuleLogic"),
    ("Terminologies", "vtkSlicerTerminologiesModuleLogic"),
    ("Volumes", "vtkSlicerVolumesLogic"),
    ("Segmentations", "vtkSlicerSegmentationsModuleLogic"),
)
"""The module logics that volumes, segmentations and slice views ask for, in the order they depend on each other."""

_started: list[HeadlessApplication] = []


@dataclass(kw_only=True)
class HeadlessApplication:
    """What stands in for `slicer.app`: the few calls that `slicer.util` and this package make on it."""

    scene: Any
    logic: Any
    applicationName: str = "QualityFinetune"  # noqa: N815 - Slicer's name
    temporaryPath: str = field(default_factory=tempfile.gettempdir)  # noqa: N815 - Slicer's name

    def mrmlScene(self) -> Any:  # noqa: N802
        return self.scene

    def applicationLogic(self) -> Any:  # noqa: N802
        return self.logic

    def processEvents(self) -> None:  # noqa: N802
        """There is no event loop, so there is nothing to wait for."""

    def testingEnabled(self) -> bool:  # noqa: N802
        """True keeps `slicer.util` from looking for a window to show messages in."""
        return True

    def layoutManager(self) -> None:  # noqa: N802
        """No window, no views."""


def start() -> Any:
    """Start the application unless there is one already, and return its scene (`vtkMRMLScene`).

    Raises:
        UserError: MISSING_PACKAGE when neither Slicer nor the slicer-core package is there.
    """
    if not _started and (scene := _scene_of_running_slicer()) is not None:
        return scene
    if not _started:
        choose_render_window()
        _started.append(_start(_import_slicer()))
    return _started[0].scene


def choose_render_window(*, loads: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """Let VTK draw without a screen; a window that the user chose stays.

    Must run before VTK is first imported. Only Linux needs it: elsewhere VTK's own window draws offscreen as well.
    An empty variable is removed, because VTK crashes on it.

    Args:
        loads: loads a system library by name, or raises OSError.

    Returns:
        The chosen window class, or None where VTK is left to choose by itself.
    """
    if chosen := os.environ.get(RENDER_WINDOW):
        return chosen
    os.environ.pop(RENDER_WINDOW, None)
    if not sys.platform.startswith("linux"):
        return None
    for window, library in OFFSCREEN_WINDOWS:
        try:
            loads(library)
        except OSError:
            continue
        os.environ[RENDER_WINDOW] = window
        return window
    return None


def _scene_of_running_slicer() -> Any:
    slicer = sys.modules.get("slicer")
    return getattr(slicer, "mrmlScene", None)


def _import_slicer() -> Any:
    try:
        import slicer
    except ImportError as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what="Pictures and scenes cannot be made here.",
            why=f"The package slicer-core, which does this outside 3D Slicer, could not be loaded ({error}).",
            next='Work inside 3D Slicer, or run: pip install "qualityfinetune[scene]" (Python 3.11 to 3.13).',
        ) from error
    return slicer


def _start(slicer: Any) -> HeadlessApplication:
    import vtk

    vtk.vtkOutputWindow.GetInstance().SetDisplayModeToAlwaysStdErr()
    scene, logic = slicer.vtkMRMLScene(), slicer.vtkSlicerApplicationLogic()
    # The same steps, in the same order, as the desktop application takes when it gets its scene.
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetCrosshairName("default")
    scene.AddNode(crosshair)
    logic.SetMRMLScene(scene)
    logic.SetSliceLogics(vtk.vtkCollection())
    logic.SetViewLogics(vtk.vtkCollection())
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    modules = {}
    for name, class_name in LOGICS:
        module_logic = getattr(slicer, class_name)()
        module_logic.SetMRMLApplicationLogic(logic)
        # The package leaves out the desktop's own terminology files; that they are missing is no news to a user.
        vtk.vtkObject.SetGlobalWarningDisplay(name != "Terminologies")
        module_logic.SetMRMLScene(scene)
        vtk.vtkObject.SetGlobalWarningDisplay(True)
        logic.SetModuleLogic(name, module_logic)
        modules[name.lower()] = SimpleNamespace(name=name, logic=lambda own=module_logic: own)
    for factory in ("vtkMRMLSliceViewDisplayableManagerFactory", "vtkMRMLThreeDViewDisplayableManagerFactory"):
        getattr(slicer, factory).GetInstance().SetMRMLApplicationLogic(logic)
    application = HeadlessApplication(scene=scene, logic=logic)
    slicer.mrmlScene, slicer.app, slicer.modules = scene, application, SimpleNamespace(**modules)
    return application
