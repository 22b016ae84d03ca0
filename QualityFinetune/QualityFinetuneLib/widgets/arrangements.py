"""Which series the three slice views show, and how the views are laid out: one large, two small beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..cases.roles import Role
from ..study.records import Series
from .i18n import tr as _

VIEWS = ("Red", "Yellow", "Green")
"""Slicer's own views: nothing new is left in the scene, and every tool of Slicer works in them."""

LAYOUT_ID = 2508
"""Number of our layout; Slicer's own end below 500, and modules choose theirs above 1000."""

LAYOUT = """
<layout type="horizontal" split="true">
 <item splitSize="620">
  <view class="vtkMRMLSliceNode" singletontag="Red">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">R</property>
   <property name="viewcolor" action="default">#F34A33</property>
  </view>
 </item>
 <item splitSize="380">
  <layout type="vertical" split="true">
   <item>
    <view class="vtkMRMLSliceNode" singletontag="Yellow">
     <property name="orientation" action="default">Sagittal</property>
     <property name="viewlabel" action="default">Y</property>
     <property name="viewcolor" action="default">#EDD54C</property>
    </view>
   </item>
   <item>
    <view class="vtkMRMLSliceNode" singletontag="Green">
     <property name="orientation" action="default">Coronal</property>
     <property name="viewlabel" action="default">G</property>
     <property name="viewcolor" action="default">#6EB04B</property>
    </view>
   </item>
  </layout>
 </item>
</layout>
"""


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What the large and the two small views show.

    Attributes:
        roles: one for each of `VIEWS`; a view whose role the case lacks shows the T2w.
        orientations: Slicer's names of the planes.
    """

    name: str
    text: str
    roles: tuple[Role, Role, Role]
    orientations: tuple[str, str, str]

    @property
    def needed(self) -> frozenset[Role]:
        """Roles beside the T2w, of which a case must have one for this arrangement to be worth offering."""
        return frozenset(self.roles) - {Role.T2W}


AXIAL = ("Axial", "Axial", "Axial")


def arrangements() -> tuple[Arrangement, ...]:
    """Every arrangement, the usual one first."""
    return (
        Arrangement(
            name="diffusion",
            text=_("T2w, ADC and high b"),
            roles=(Role.T2W, Role.ADC, Role.HBV),
            orientations=AXIAL,
        ),
        Arrangement(name="adc", text=_("ADC large"), roles=(Role.ADC, Role.T2W, Role.HBV), orientations=AXIAL),
        Arrangement(name="high_b", text=_("High b large"), roles=(Role.HBV, Role.T2W, Role.ADC), orientations=AXIAL),
        Arrangement(
            name="planes",
            text=_("T2w in its own sagittal and coronal series"),
            roles=(Role.T2W, Role.T2W_SAG, Role.T2W_COR),
            orientations=("Axial", "Sagittal", "Coronal"),
        ),
        Arrangement(
            name="contrast", text=_("DCE beside T2w"), roles=(Role.DCE, Role.T2W, Role.ADC), orientations=AXIAL
        ),
        Arrangement(
            name="cuts",
            text=_("T2w in three planes"),
            roles=(Role.T2W, Role.T2W, Role.T2W),
            orientations=("Axial", "Sagittal", "Coronal"),
        ),
    )


def offered(series: Iterable[Series]) -> list[Arrangement]:
    """The arrangements that a case with these series can fill."""
    there = {one.role for one in series}
    return [
        one
        for one in arrangements()
        if not one.needed or (one.roles[0] in there and bool(one.needed & there) and _is_complete(one, there))
    ]


def arrangement_named(name: str) -> Arrangement:
    """The arrangement of that name."""
    return next(one for one in arrangements() if one.name == name)


def _is_complete(one: Arrangement, there: set[Role]) -> bool:
    # The usual arrangement is worth showing with one of its two small series; the others stand for what is large.
    return one.name in ("diffusion", "planes") or one.roles[0] in there
