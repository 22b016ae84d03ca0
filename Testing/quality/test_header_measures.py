"""Every measure that a form may name exists."""

from __future__ import annotations

from typing import get_args

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.checks import UNITS, Measure, TechnicalCheck
from QualityFinetuneLib.quality.form import packaged_forms
from QualityFinetuneLib.quality.header_measures import MEASURES
from QualityFinetuneLib.quality.series_headers import SeriesHeaders


def test_every_measure_that_a_form_may_name_exists_and_has_a_unit() -> None:
    assert set(MEASURES) == set(UNITS) == set(get_args(Measure))


@pytest.mark.parametrize("measure", [name for name in get_args(Measure) if name != "planes"])
def test_a_series_without_headers_has_no_value_but_words_for_it(measure: Measure) -> None:
    check = TechnicalCheck(measure=measure, roles=tuple(Role), at_least=1)
    found = MEASURES[measure]([SeriesHeaders(role=role) for role in Role], check)
    assert found.values == ()
    assert found.found.endswith("not in the headers.")


def test_packaged_forms_use_all_of_them() -> None:
    checks = [item.check for form in packaged_forms() for item in form.items() if item.check]
    checks += [one.check for form in packaged_forms() for one in form.recommendations]
    assert {check.measure for check in checks} == set(MEASURES)
