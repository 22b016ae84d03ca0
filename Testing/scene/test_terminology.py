"""Entries are Slicer's own, and the packaged file offers every packaged structure."""

from __future__ import annotations

import json

import pytest

from QualityFinetuneLib.cases.tasks import Code, Label, packaged_tasks
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.resources import resource
from QualityFinetuneLib.scene import terminology

LABELS = [label for task in packaged_tasks() for label in task.labels]


@pytest.fixture
def logic(scene):
    import slicer

    return slicer.app.applicationLogic().GetModuleLogic("Terminologies")


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.name)
def test_slicer_reads_an_entry_and_writes_the_same(logic, label):
    import slicer

    entry = slicer.vtkSlicerTerminologyEntry()
    assert logic.DeserializeTerminologyEntry(terminology.entry_of(label), entry)
    for found, code in (
        (entry.GetCategoryObject(), label.category),
        (entry.GetTypeObject(), label.type),
    ):
        assert found.GetCodingSchemeDesignator() == code.scheme
        assert found.GetCodeValue() == code.value
        assert found.GetCodeMeaning() == code.meaning
    # Slicer itself writes the closing bar in some versions and not in others, and reads both.
    assert logic.SerializeTerminologyEntry(entry).rstrip("|") == terminology.entry_of(label).rstrip("|")


def test_the_prostate_is_coded_as_slicer_codes_it():
    gland = next(label for label in LABELS if label.name == "Prostate")
    assert "~SCT^123037004^Anatomical Structure~SCT^41216001^Prostate~^^~" in terminology.entry_of(gland)
    assert terminology.entry_of(gland).endswith("~Anatomic codes - DICOM master list~^^~^^|")


def test_a_modifier_stands_in_its_place():
    code = Code(scheme="SCT", value="1", meaning="One")
    right = Code(scheme="SCT", value="24028007", meaning="Right")
    label = Label(value=1, name="x", short="x", color=(0, 0, 0), category=code, type=code, type_modifier=right)
    assert "~SCT^24028007^Right~" in terminology.entry_of(label)


def test_the_packaged_file_holds_exactly_the_packaged_structures():
    content = json.loads(resource("Terminologies", terminology.FILE).read_text(encoding="utf-8"))
    assert content["SegmentationCategoryTypeContextName"] == terminology.CONTEXT
    offered = {
        (category["CodeValue"], kind["CodeValue"], kind["CodeMeaning"], tuple(kind["recommendedDisplayRGBValue"]))
        for category in content["SegmentationCodes"]["Category"]
        for kind in category["Type"]
    }
    assert offered == {(label.category.value, label.type.value, label.type.meaning, label.color) for label in LABELS}


def test_slicer_offers_the_structures_once(logic):
    import vtk

    terminology.load_terminology(logic)
    terminology.load_terminology(logic)
    loaded = vtk.vtkStringArray()
    logic.GetLoadedTerminologyNames(loaded)
    names = [loaded.GetValue(index) for index in range(loaded.GetNumberOfValues())]
    assert names.count(terminology.CONTEXT) == 1
    assert logic.GetNumberOfCategoriesInTerminology(terminology.CONTEXT) == 2


def test_without_the_terminologies_module_nothing_happens():
    terminology.load_terminology(None)


def test_a_damaged_file_is_told(scene, monkeypatch, tmp_path):
    import slicer
    import vtk

    damaged = tmp_path / terminology.FILE
    damaged.write_text("{", encoding="utf-8")
    monkeypatch.setattr(terminology, "resource", lambda *_: damaged)
    vtk.vtkObject.GlobalWarningDisplayOff()
    try:
        with pytest.raises(UserError) as told:
            terminology.load_terminology(slicer.vtkSlicerTerminologiesModuleLogic())
    finally:
        vtk.vtkObject.GlobalWarningDisplayOn()
    assert told.value.code is ErrorCode.UNREADABLE_FILE


def test_colours_are_told_apart_without_red_and_green():
    """Okabe and Ito's palette for colour-blind readers (jfly.uni-koeln.de/color), and Tol's pale grey for bone."""
    palette = {
        (230, 159, 0),
        (86, 180, 233),
        (0, 158, 115),
        (240, 228, 66),
        (0, 114, 178),
        (213, 94, 0),
        (204, 121, 167),
        (221, 221, 221),
    }
    assert {label.color for label in LABELS} <= palette
