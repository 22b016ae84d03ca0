from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest

from QualityFinetuneLib.quality.structured_report.content import Number, ReportContent


def test_a_report_cannot_be_changed_after_it_was_made(content: ReportContent) -> None:
    with pytest.raises(FrozenInstanceError):
        content.reader = "Somebody else"  # type: ignore[misc]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_missing_number_is_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Number(value=value, unit="1")
