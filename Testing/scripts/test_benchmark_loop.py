from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from QualityFinetuneLib.engine.protocol.events import Metric, Progress


def test_the_time_of_a_run_is_split_at_its_events(script: Callable[[str], ModuleType]) -> None:
    watch = script("benchmark_loop")._Watch()
    for done in (1, 2):
        watch.event(Progress(done=done, total=2, unit="case"))
    watch.event(Progress(done=0, total=4, unit="step"))
    for epoch in (1, 5):
        watch.event(Metric(name="loss", value=1.0, epoch=epoch))
        watch.event(Metric(name="data_wait_share", value=0.01, epoch=epoch))
    assert list(watch.parts_s) == [
        "hand-over, network, first case",
        "other cases",
        "getting ready to train",
        "epochs 1 to 4",
        "epochs after",
    ]
    assert sum(watch.parts_s.values()) == pytest.approx(watch.total_s)
    assert watch.waited == [0.01, 0.01]
