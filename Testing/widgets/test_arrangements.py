"""Which series the views show."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.widgets.arrangements import LAYOUT, VIEWS, arrangement_named, arrangements, offered


def names(*roles: Role) -> list[str]:
    return [one.name for one in offered([SimpleNamespace(role=role) for role in roles])]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((Role.T2W,), ["cuts"]),
        ((Role.T2W, Role.ADC), ["diffusion", "adc", "cuts"]),
        ((Role.T2W, Role.ADC, Role.HBV), ["diffusion", "adc", "high_b", "cuts"]),
        ((Role.T2W, Role.T2W_COR), ["planes", "cuts"]),
        ((Role.T2W, Role.DCE), ["contrast", "cuts"]),
    ],
)
def test_only_what_a_case_can_fill_is_offered(roles: tuple[Role, ...], expected: list[str]) -> None:
    assert names(*roles) == expected


def test_every_arrangement_fills_every_view() -> None:
    for one in arrangements():
        assert len(one.roles) == len(one.orientations) == len(VIEWS)
        assert arrangement_named(one.name) == one


def test_the_layout_uses_slicers_own_views() -> None:
    tags = [view.get("singletontag") for view in ElementTree.fromstring(LAYOUT).iter("view")]
    assert tuple(tags) == VIEWS
