"""Every way to learn offers what the training loop asks for."""

from __future__ import annotations

import inspect

import pytest

from QualityFinetuneLib.engine.worker.answers_objective import AnswersObjective
from QualityFinetuneLib.engine.worker.objective import Objective
from QualityFinetuneLib.engine.worker.segmentation_objective import SegmentationObjective


@pytest.mark.parametrize("kind", [SegmentationObjective, AnswersObjective])
def test_an_objective_takes_what_the_loop_gives(kind: type) -> None:
    asked = {name: found for name, found in vars(Objective).items() if inspect.isfunction(found) and name[0] != "_"}
    assert {"prepare", "check", "begin", "target", "loss", "judge", "conclude", "kinds", "told", "facts"} <= set(
        asked
    )
    for name, found in asked.items():
        assert list(inspect.signature(getattr(kind, name)).parameters) == list(inspect.signature(found).parameters)
