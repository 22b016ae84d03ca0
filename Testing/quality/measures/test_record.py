"""A value is a number with a unit, or a reason."""

from __future__ import annotations

import json
import math

import pytest

from QualityFinetuneLib.quality.measures.record import Measures, MeasureValue


def test_a_missing_value_needs_a_reason_and_a_number_has_none() -> None:
    for value, why in ((math.nan, None), (1.0, "but it is there"), (math.inf, None)):
        with pytest.raises(ValueError, match="value"):
            MeasureValue(value=value, unit="1", why=why)


def test_a_record_survives_json_with_its_reasons() -> None:
    record = Measures({"snr": MeasureValue(value=3.5, unit="1"), "cnr": MeasureValue.missing("1", "No gland.")})
    again = Measures.from_json(json.loads(json.dumps(record.as_json(), allow_nan=False)))
    assert list(again) == ["snr", "cnr"] and len(again) == 2
    assert again["snr"] == record["snr"] and again["snr"].defined
    assert math.isnan(again["cnr"].value) and again["cnr"].why == "No gland."
