"""The harness, started once for all its tests, and a small scripted module to load with it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="session")
def desktop() -> SimpleNamespace:
    """`qt`, `ctk`, `slicer` and the application, as module code sees them."""
    pytest.importorskip("PySide6")
    pytest.importorskip("slicer")
    from harness.slicer_app import start

    application = start()
    import ctk
    import qt
    import slicer

    return SimpleNamespace(qt=qt, ctk=ctk, slicer=slicer, app=application)


@pytest.fixture
def qt(desktop: SimpleNamespace) -> Any:
    return desktop.qt


MODULE = """
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin


class Hello(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Hello")


class HelloWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.steps = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.root = slicer.util.loadUI(self.resourcePath("UI/Hello.ui"))
        self.layout.addWidget(self.root)
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.root.setMRMLScene(slicer.mrmlScene)
        self.ui.go.connect("clicked(bool)", self.onGo)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onClose)
        self.steps.append("setup")

    def enter(self):
        self.steps.append("enter")

    def exit(self):
        self.steps.append("exit")

    def cleanup(self):
        self.removeObservers()
        self.steps.append("cleanup")

    def onGo(self):
        self.steps.append("go")

    def onClose(self, caller, event):
        self.steps.append("close")
"""

UI = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0">
 <class>Hello</class>
 <widget class="qMRMLWidget" name="Hello">
  <layout class="QVBoxLayout">
   <item><widget class="ctkCollapsibleButton" name="section">
     <property name="text"><string>Inputs</string></property>
     <layout class="QFormLayout">
      <item row="0" column="0"><widget class="QLabel" name="label">
        <property name="text"><string>Volume:</string></property>
        <property name="alignment"><set>Qt::AlignRight|Qt::AlignVCenter</set></property></widget></item>
      <item row="0" column="1"><widget class="qMRMLNodeComboBox" name="connected">
        <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
        <property name="noneEnabled"><bool>true</bool></property>
        <property name="SlicerParameterName" stdset="0"><string>volume</string></property></widget></item>
      <item row="1" column="1"><widget class="qMRMLNodeComboBox" name="forgotten">
        <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
        </widget></item>
      <item row="2" column="1"><widget class="ctkSliderWidget" name="share">
        <property name="maximum"><double>1.0</double></property>
        <property name="value"><double>0.25</double></property>
        <property name="SlicerParameterName" stdset="0"><string>share</string></property></widget></item>
      <item row="3" column="1"><widget class="ctkPathLineEdit" name="folder">
        <property name="filters"><set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Executable</set></property>
        <property name="SlicerParameterName" stdset="0"><string>folder</string></property></widget></item>
     </layout>
   </widget></item>
   <item><widget class="QPushButton" name="go"><property name="text"><string>Go</string></property></widget></item>
  </layout>
 </widget>
 <resources/>
 <connections>
  <connection><sender>Hello</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>connected</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
 </connections>
</ui>
"""


@pytest.fixture(scope="session")
def hello_path(desktop: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scripted module with a .ui file, as small as one can be."""
    folder = tmp_path_factory.mktemp("Hello")
    (folder / "Resources" / "UI").mkdir(parents=True)
    (folder / "Resources" / "UI" / "Hello.ui").write_text(UI, encoding="utf-8")
    path = folder / "Hello.py"
    path.write_text(MODULE, encoding="utf-8")
    return path
