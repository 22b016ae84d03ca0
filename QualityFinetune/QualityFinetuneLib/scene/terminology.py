"""Names and codes of structures in Slicer's own form, so that segments keep their meaning outside this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..common.errors import ErrorCode, UserError
from ..common.resources import resource

if TYPE_CHECKING:
    from ..cases.tasks import Code, Label

CONTEXT = "Segmentation category and type - QualityFinetune"
REGION_CONTEXT = "Anatomic codes - DICOM master list"
FILE = "SegmentationCategoryTypeModifier-QualityFinetune.term.json"


def entry_of(label: Label) -> str:
    """A label as Slicer's serialized terminology entry: context, category, type, modifier, and no region."""
    modifier = _triple(label.type_modifier) if label.type_modifier is not None else "^^"
    return f"{CONTEXT}~{_triple(label.category)}~{_triple(label.type)}~{modifier}~{REGION_CONTEXT}~^^~^^|"


def load_terminology(logic: Any) -> None:
    """Let Slicer's terminology selector offer the structures of the packaged tasks.

    Args:
        logic: Slicer's `vtkSlicerTerminologiesModuleLogic`, or None where that module is not loaded.

    Raises:
        UserError: UNREADABLE_FILE when the packaged file cannot be used.
    """
    import vtk

    if logic is None:
        return
    loaded = vtk.vtkStringArray()
    logic.GetLoadedTerminologyNames(loaded)
    if any(loaded.GetValue(index) == CONTEXT for index in range(loaded.GetNumberOfValues())):
        return
    path = resource("Terminologies", FILE)
    if logic.LoadTerminologyFromFile(str(path)) != CONTEXT:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"The names of structures could not be read from {path.name}.",
            why="The file is damaged or not a terminology.",
            next="Install the extension again.",
        )


def _triple(code: Code) -> str:
    return f"{code.scheme}^{code.value}^{code.meaning}"
