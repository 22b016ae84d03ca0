"""A series of the study as a volume node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..cases.reading import read_image
from . import names
from .geometry import put_image, voxels_of
from .window_level import grey_range

if TYPE_CHECKING:
    from ..study.records import Case, Series


def add_volume(scene: Any, case: Case, series: Series) -> Any:
    """Read a series and add it as a `vtkMRMLScalarVolumeNode` with a display of its own.

    The node has no storage: neither a path nor a file name of the study gets into a scene that the user saves.

    Raises:
        UserError: UNREADABLE_FILE or BAD_GEOMETRY, naming the file.
    """
    image = read_image(series.path)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", names.series_name(series, simulated=case.simulated))
    put_image(image, node)
    for attribute, value in _attributes(case, series).items():
        node.SetAttribute(attribute, value)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(*grey_range(voxels_of(node.GetImageData()), series.role))
    return node


def find_volume(scene: Any, case: Case, series: Series) -> Any:
    """The node that shows this series already, or None."""
    wanted = _attributes(case, series)
    for node in nodes_of(scene, "vtkMRMLScalarVolumeNode"):
        if all(node.GetAttribute(attribute) == value for attribute, value in wanted.items()):
            return node
    return None


def nodes_of(scene: Any, class_name: str) -> list[Any]:
    """Every node of a class, in the order of the scene."""
    return [scene.GetNthNodeByClass(index, class_name) for index in range(scene.GetNumberOfNodesByClass(class_name))]


def _attributes(case: Case, series: Series) -> dict[str, str]:
    return {
        names.CASE_ID: str(case.id),
        names.ROLE: series.role.value,
        names.SERIES_ID: str(series.id),
        names.CONTENT: series.sha256,
        names.SIMULATED: str(case.simulated).lower(),
    }
