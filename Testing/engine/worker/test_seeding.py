"""Randomness by name: the same words, the same numbers; other words, others."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.engine.worker.seeding import generator, number, seed_torch

words = st.lists(st.integers() | st.text(alphabet="abc", min_size=1, max_size=3), min_size=1, max_size=4)


@given(words)
def test_a_number_depends_on_its_words_alone(words: list) -> None:
    np.random.random()
    assert number(*words) == number(*words)
    assert 0 <= number(*words) < 2**63


@given(st.integers(-5, 5), st.integers(0, 50), st.integers(0, 50))
def test_neighbouring_steps_differ(seed: int, epoch: int, step: int) -> None:
    here = number(seed, "step", epoch, step)
    assert here != number(seed, "step", epoch, step + 1)
    assert here != number(seed, "step", epoch + 1, step)
    assert here != number(seed + 1, "step", epoch, step)
    assert here != number(seed, "place", epoch, step)


def test_generators_repeat_whatever_was_drawn_before() -> None:
    first = generator(1, "a").normal(size=3)
    generator(1, "b").normal(size=100)
    assert (generator(1, "a").normal(size=3) == first).all()


def test_torch_repeats_whatever_was_drawn_before() -> None:
    seed_torch(3, "weights")
    first = torch.rand(4)
    torch.rand(100)
    seed_torch(3, "weights")
    assert torch.equal(torch.rand(4), first)


def test_words_are_spread_evenly() -> None:
    numbers = np.array([number("x", i) / 2**63 for i in range(2000)])
    assert abs(numbers.mean() - 0.5) < 0.03 and abs(numbers.std() - 12**-0.5) < 0.02
