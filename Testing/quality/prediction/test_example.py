from __future__ import annotations

import dataclasses

import pytest

from QualityFinetuneLib.quality.prediction.example import Example


def test_an_example_does_not_change() -> None:
    one = Example(patient="P", target=0.5, values={"snr": 1.0})
    assert one.artefact is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.target = 1.0  # type: ignore[misc]
