"""The application without the desktop; each start in a process of its own, because there is only one in each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import headless


def run(code: str, **environment: str) -> str:
    import os

    package = Path(headless.__file__).resolve().parents[2]
    variables = {**os.environ, "PYTHONPATH": str(package), **environment}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "ERR|" not in done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout.strip()


def test_it_starts_once_and_draws_with_an_empty_variable(_application):
    """An empty variable is what crashes VTK."""
    out = run(
        "from QualityFinetuneLib.scene import headless; scene = headless.start()\n"
        "import slicer, vtk, slicer.util\n"
        "assert headless.start() is scene is slicer.mrmlScene is slicer.app.mrmlScene()\n"
        "assert slicer.app.testingEnabled() and slicer.app.layoutManager() is None\n"
        "slicer.app.processEvents()\n"
        "logic = slicer.app.applicationLogic().GetModuleLogic('Segmentations')\n"
        "assert slicer.modules.segmentations.logic() is logic\n"
        "window = vtk.vtkRenderWindow(); window.SetOffScreenRendering(1); print(bool(window.SupportsOpenGL()))",
        VTK_DEFAULT_OPENGL_WINDOW="",
    )
    assert out == "True"


def test_the_layer_can_be_imported_without_slicer_and_says_what_is_missing():
    out = run(
        "import sys; sys.modules['slicer'] = None; sys.modules['vtk'] = None\n"
        "from QualityFinetuneLib.scene import headless, case_nodes, segmentations, snapshot, mosaic, views\n"
        "from QualityFinetuneLib.common.errors import UserError\n"
        "try: headless.start()\n"
        "except UserError as error: print(error.code, '|', error.next)"
    )
    assert out.startswith("missing_package |")
    assert "qualityfinetune[scene]" in out


def test_inside_slicer_the_users_scene_is_returned(monkeypatch):
    monkeypatch.setattr(headless, "_started", [])
    scene = object()
    monkeypatch.setitem(sys.modules, "slicer", SimpleNamespace(mrmlScene=scene))
    assert headless.start() is scene


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setattr(headless, "_started", [])
    monkeypatch.setitem(sys.modules, "slicer", None)
    with pytest.raises(UserError) as told:
        headless.start()
    assert told.value.code is ErrorCode.MISSING_PACKAGE


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"libEGL.so.1", "libOSMesa.so.8"}, "vtkEGLRenderWindow"),
        ({"libOSMesa.so.6"}, "vtkOSOpenGLRenderWindow"),
        (set(), None),
    ],
)
def test_the_best_window_that_this_machine_has_is_chosen(monkeypatch, there, chosen):
    monkeypatch.setenv(headless.RENDER_WINDOW, "")
    monkeypatch.setattr(sys, "platform", "linux")

    def loads(name: str) -> None:
        if name not in there:
            raise OSError(name)

    import os

    assert headless.choose_render_window(loads=loads) == chosen
    assert os.environ.get(headless.RENDER_WINDOW) == chosen


def test_a_chosen_window_stays_and_other_systems_choose_by_themselves(monkeypatch):
    monkeypatch.setenv(headless.RENDER_WINDOW, "vtkXOpenGLRenderWindow")
    assert headless.choose_render_window() == "vtkXOpenGLRenderWindow"
    monkeypatch.delenv(headless.RENDER_WINDOW)
    monkeypatch.setattr(sys, "platform", "win32")
    assert headless.choose_render_window() is None
