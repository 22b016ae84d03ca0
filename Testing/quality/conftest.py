"""Forms and answers that the tests of quality/ share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.yaml_config import parse_yaml
from QualityFinetuneLib.quality.checks import Measure, TechnicalCheck
from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.quality.header_measures import MEASURES
from QualityFinetuneLib.quality.measured import Measured
from QualityFinetuneLib.quality.series_headers import SeriesHeaders

Measuring = Callable[..., Measured]

SMALL = """
name: small
title: Small form
version: 1.0.0
source:
  citation: A form for tests.
protocols: [bpmri]
options:
  - id: strict
    label: Strict
sections:
  - id: t2w
    title: T2W
    items:
      - id: thin
        part: technical
        label: Thin slices
        key: Shift+A
      - id: sharp
        part: visual
        label: Sharp
        key: A
      - id: grade
        part: visual
        label: Grade
        kind: scale
        minimum: 1
        maximum: 3
      - id: plane
        part: visual
        label: Plane
        kind: choice
        labels: {0: axial, 5: oblique}
        required: false
scores:
  - id: points
    title: Points
    points: [sharp, grade]
  - id: exam
    title: Exam
    rules:
      - when: {of: thin, equals: false}
        score: 0
        reason: Slices are thick.
      - when: {all: [{of: thin, equals: true}, {of: points, at_least: 3}]}
        score: 2
        reason: Thin is {thin} and there are {points} points.
    otherwise:
      score: 1
      reason: Few points.
"""
"""A form in which everything is right; tests change one thing and see it refused."""


@pytest.fixture(scope="session")
def v2() -> Form:
    return load_form("pi-qual-v2")


@pytest.fixture(scope="session")
def v1() -> Form:
    return load_form("pi-qual-v1")


@pytest.fixture
def small() -> Form:
    return parse_yaml(SMALL, Form, source="small.yaml")


@pytest.fixture
def small_data() -> dict[str, Any]:
    """The small form as plain data, to be changed by a test."""
    return yaml.safe_load(SMALL)


@pytest.fixture
def refusal() -> Callable[[dict[str, Any] | str], str]:
    """What is said when a form, as data or text, is refused."""

    def refuse(form: dict[str, Any] | str) -> str:
        text = form if isinstance(form, str) else yaml.safe_dump(form, sort_keys=False)
        with pytest.raises(UserError) as caught:
            parse_yaml(text, Form, source="site.yaml")
        assert caught.value.code == "bad_config"
        assert caught.value.what == "site.yaml cannot be used."
        return caught.value.why

    return refuse


@pytest.fixture(scope="session")
def measured() -> Measuring:
    """Measure some series as a form's check would; limits and roles by keyword."""

    def measure(name: Measure, *series: SeriesHeaders, **check: Any) -> Measured:
        roles = tuple(dict.fromkeys(one.role for one in series)) or (Role.T2W,)
        return MEASURES[name](series, TechnicalCheck(measure=name, **{"roles": roles, "at_least": 0, **check}))

    return measure


@pytest.fixture(scope="session")
def t2w() -> Callable[..., SeriesHeaders]:
    """A T2W series with these headers."""
    return lambda **headers: SeriesHeaders(role=Role.T2W, headers=headers)
