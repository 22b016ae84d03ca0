"""Batches cut ahead: in order, a few at a time, errors handed over, the thread gone afterwards."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from QualityFinetuneLib.engine.worker.loading import Loader
from QualityFinetuneLib.engine.worker.patches import Shown
from QualityFinetuneLib.engine.worker.sample import Sample

PATCH = (2, 2, 2)


class Cut:
    """Samples that tell how many were cut; case 7 cannot be."""

    def __init__(self) -> None:
        self.count = 0

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        if shown.case == 7:
            raise ValueError("a broken case")
        self.count += 1
        return Sample(image=torch.full((1, *patch), float(shown.case)), target=torch.tensor(shown.case))


def batches(*cases: int) -> list[list[Shown]]:
    return [[Shown(case=case, words=(case,))] for case in cases]


def loaders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "loader"]


def test_batches_come_in_order_and_then_end() -> None:
    with Loader(Cut(), batches(3, 1, 2), patch=lambda: PATCH) as loader:
        found = [loader.next() for _ in range(3)]
        with pytest.raises(StopIteration):
            loader.next()
    assert [int(one.samples[0].target) for one in found] == [3, 1, 2]
    assert [one.shown[0].case for one in found] == [3, 1, 2]
    assert {one.patch for one in found} == {PATCH}


def test_no_more_than_a_few_wait_ready() -> None:
    cut = Cut()
    with Loader(cut, batches(*[0] * 50), patch=lambda: PATCH) as loader:
        loader.next()
        time.sleep(0.2)
        assert cut.count <= 4


def test_what_goes_wrong_in_the_thread_is_raised_where_the_batch_is_asked_for() -> None:
    with Loader(Cut(), batches(0, 7), patch=lambda: PATCH) as loader:
        loader.next()
        with pytest.raises(ValueError, match="a broken case"):
            loader.next()
    assert loaders() == []


def test_leaving_early_ends_the_thread() -> None:
    with pytest.raises(KeyboardInterrupt), Loader(Cut(), batches(*[0] * 50), patch=lambda: PATCH):
        raise KeyboardInterrupt
    assert loaders() == []


def test_the_time_spent_waiting_is_counted() -> None:
    class Slow(Cut):
        def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
            time.sleep(0.1)
            return super().get(shown, patch)

    with Loader(Slow(), batches(0, 1, 2), patch=lambda: PATCH) as loader:
        for _ in range(3):
            loader.next()
        assert loader.waited_s > 0.2
        loader.waited_s = 0.0
    with Loader(Cut(), batches(0, 1), patch=lambda: PATCH) as loader:
        time.sleep(0.3)
        loader.next()
        assert loader.waited_s < 0.1


def test_batches_are_cut_with_the_extents_of_the_moment() -> None:
    extents = iter([(2, 2, 2), (1, 1, 1), (1, 1, 1)])
    with Loader(Cut(), batches(0, 1), patch=lambda: next(extents)) as loader:
        assert [loader.next().patch for _ in range(2)] == [(2, 2, 2), (1, 1, 1)]
