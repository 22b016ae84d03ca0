"""A case in the scene: its volumes under one item, added to what the user has open and taken away without a trace."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from . import names
from .hierarchy import case_item, place, remove_case_item, take_out
from .volumes import add_volume, find_volume, nodes_of

if TYPE_CHECKING:
    from ..study.records import Case
    from ..study.study import Study

READING_ROLES = (Role.T2W, Role.T2W_SAG, Role.T2W_COR, Role.ADC, Role.HBV, Role.DWI)
"""What a reader looks at in a bpMRI exam; an mpMRI study shows the contrast series as well."""

OWN_CLASSES = ("vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode")


@dataclass(frozen=True, kw_only=True)
class ShownCase:
    """What of a case is in the scene.

    Attributes:
        name: what the case may be called on screen (`Case 0007` in a blinded study).
        volumes: the volume nodes by role, in the order of the study.
        item: the case's item in the subject hierarchy.
    """

    case_id: int
    name: str
    simulated: bool
    volumes: dict[Role, tuple[Any, ...]]
    item: int

    def first(self, role: Role) -> Any:
        """The first volume node of that role, or None."""
        return next(iter(self.volumes.get(role, ())), None)

    @property
    def t2w(self) -> Any:
        """The axial T2w, on whose grid segmentations lie.

        Raises:
            UserError: MISSING_SERIES when the case has none.
        """
        node = self.first(Role.T2W)
        if node is None:
            raise _no_t2w(self.name)
        return node


class CaseNodes:
    """Cases of a study in one scene. Nodes that are not the module's own are never touched."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene

    def show(self, study: Study, case: Case, *, roles: Collection[Role] | None = None) -> ShownCase:
        """Put a case's volumes into the scene; those that are there already are kept with the user's display.

        Args:
            roles: which series to load; None for what a reader of this study looks at.

        Raises:
            UserError: UNREADABLE_FILE or BAD_GEOMETRY, naming the file; nothing of the case is added then.
        """
        wanted = roles if roles is not None else _reading_roles(study)
        name = study.display_name(case)
        volumes: dict[Role, list[Any]] = {}
        added: list[Any] = []
        try:
            for series in study.cases.series(case.id):
                if series.role not in wanted:
                    continue
                node = find_volume(self._scene, case, series)
                if node is None:
                    node = add_volume(self._scene, case, series)
                    added.append(node)
                volumes.setdefault(series.role, []).append(node)
        except UserError:
            for node in added:
                self.remove(node)
            raise
        item = case_item(self._scene, case, name=name)
        for node in added:
            place(self._scene, node, item)
        return ShownCase(
            case_id=case.id,
            name=name,
            simulated=case.simulated,
            volumes={role: tuple(nodes) for role, nodes in volumes.items()},
            item=item,
        )

    def shown(self) -> list[int]:
        """Ids of the cases that have nodes in the scene, in the order they were shown."""
        return list(dict.fromkeys(int(node.GetAttribute(names.CASE_ID)) for node in self._own()))

    def remove(self, node: Any) -> None:
        """Remove one node of a case, with its display and its place in the subject hierarchy."""
        take_out(self._scene, node)
        for index in reversed(range(node.GetNumberOfDisplayNodes())):
            if (display := node.GetNthDisplayNode(index)) is not None:
                self._scene.RemoveNode(display)
        self._scene.RemoveNode(node)

    def close_case(self, case_id: int) -> None:
        """Remove the nodes of a case; ask first whether changes of a segmentation are to be saved."""
        for node in self._own():
            if node.GetAttribute(names.CASE_ID) == str(case_id):
                self.remove(node)
        remove_case_item(self._scene, case_id)

    def close_all(self) -> None:
        """Remove the nodes of every case."""
        for case_id in self.shown():
            self.close_case(case_id)

    def _own(self) -> list[Any]:
        every = (node for class_name in OWN_CLASSES for node in nodes_of(self._scene, class_name))
        return [node for node in every if node.GetAttribute(names.CASE_ID)]


def _reading_roles(study: Study) -> tuple[Role, ...]:
    return (*READING_ROLES, Role.DCE) if study.settings.protocol == "mpmri" else READING_ROLES


def _no_t2w(name: str) -> UserError:
    return UserError(
        ErrorCode.MISSING_SERIES,
        what=f"{name} has no axial T2w series.",
        why="Segmentations are drawn on it and kept on its grid.",
        next="Import the exam again together with its axial T2w series.",
    )
