"""A scripted module lives through setup, enter, exit and cleanup as in Slicer."""

from __future__ import annotations

import numpy as np
import pytest

from harness import picture
from harness.slicer_app import reset_scene


@pytest.fixture
def hello(hello_path):
    from harness.module import load_module

    loaded = load_module(hello_path)
    yield loaded
    loaded.close()


def test_a_module_is_set_up_with_its_ui_file(hello, desktop):
    assert hello.widget.steps == ["setup"]
    assert hello.module.parent.title == "Hello"
    assert desktop.slicer.modules.hello.path.endswith("Hello.py")
    assert desktop.slicer.util.getModuleWidget("Hello") is hello.widget
    assert hello.widget.ui.share.value == 0.25
    assert hello.widget.ui.go.text == "Go"


def test_enter_exit_and_close_are_told_once_each(hello):
    hello.enter()
    hello.enter()
    hello.exit()
    hello.close()
    hello.close()
    assert hello.widget.steps == ["setup", "enter", "exit", "cleanup"]


def test_closing_a_module_that_is_open_leaves_it_first(hello):
    hello.enter()
    hello.close()
    assert hello.widget.steps == ["setup", "enter", "exit", "cleanup"]


def test_clicking_reaches_the_panel(hello):
    hello.widget.ui.go.click()
    assert hello.widget.steps[-1] == "go"


def test_only_widgets_connected_in_the_ui_file_get_the_scene(hello, desktop):
    assert hello.widget.ui.connected.mrmlScene() is desktop.slicer.mrmlScene
    assert hello.widget.ui.forgotten.mrmlScene() is None


def test_closing_the_scene_reaches_the_panels_observer_and_cleanup_removes_it(hello):
    reset_scene()
    assert hello.widget.steps[-1] == "close"
    hello.close()
    reset_scene()
    assert hello.widget.steps.count("close") == 1


def test_a_picture_of_a_module_shows_its_text(hello, tmp_path):
    hello.enter()
    pixels = picture.grab(hello.container, tmp_path / "hello.png", size_px=(400, 260))
    assert pixels.shape == (260, 400, 3)
    assert (tmp_path / "hello.png").stat().st_size > 1000
    label = hello.widget.ui.label
    corner = label.mapTo(hello.container, label.rect.topLeft())
    text = pixels[corner.y() : corner.y() + label.height, corner.x() : corner.x() + label.width]
    dark = np.count_nonzero(text.max(axis=2) < 100)
    assert dark > 40, "no font was found, so the label is empty or boxes"


def test_glyphs_differ_so_text_is_more_than_boxes(qt):
    one, other = (picture.grab(qt.QLabel(text), size_px=(60, 30)) for text in ("MMMM", "iiii"))
    assert np.count_nonzero(one < 128) > 1.5 * np.count_nonzero(other < 128)


def test_a_file_without_the_module_class_is_named(desktop, tmp_path):
    from harness.module import load_module

    (tmp_path / "Empty.py").write_text("", encoding="utf-8")
    with pytest.raises(ImportError, match="Empty"):
        load_module(tmp_path / "Empty.py")


def test_a_ui_class_without_a_stand_in_is_named(desktop, tmp_path):
    path = tmp_path / "x.ui"
    path.write_text('<ui version="4.0"><widget class="qMRMLUnheardOf" name="x"/></ui>', encoding="utf-8")
    with pytest.raises(NotImplementedError, match="qMRMLUnheardOf"):
        desktop.slicer.util.loadUI(str(path))
