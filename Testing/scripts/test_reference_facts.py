"""What counts as a difference, and what is kept of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn


@pytest.fixture
def facts(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("reference_facts")


def test_a_difference_is_relative_to_the_largest_value(facts: ModuleType) -> None:
    expected = torch.tensor([[1.0, -4.0], [2.0, 0.0]])
    assert facts.relative(expected, expected) == 0.0
    assert facts.relative(expected + torch.tensor([[0.0, 0.0], [0.2, 0.0]]), expected) == pytest.approx(0.05)
    assert facts.relative(torch.zeros(3), torch.zeros(3)) == 0.0


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (torch.zeros(4), torch.zeros(2, 2)),
        (torch.tensor([float("nan"), 1.0]), torch.ones(2)),
        (torch.tensor([float("inf"), 1.0]), torch.ones(2)),
        (torch.tensor([1e-9]), torch.zeros(1)),
    ],
)
def test_what_cannot_be_compared_is_infinitely_far(facts: ModuleType, found, expected) -> None:
    assert facts.relative(found, expected) == float("inf")


def test_a_summary_keeps_values_from_the_first_to_the_last(facts: ModuleType) -> None:
    summary = facts.summary_of(torch.arange(24.0).reshape(2, 3, 4), samples=5)
    assert summary["shape"] == [2, 3, 4]
    assert summary["samples"] == [[0, 0.0], [6, 6.0], [12, 12.0], [17, 17.0], [23, 23.0]]
    assert summary["largest"] == 23.0
    assert summary["mean"] == pytest.approx(11.5)


def test_facts_count_the_encoder_apart(facts: ModuleType) -> None:
    model = nn.Module()
    model.encoder, model.head = nn.Linear(3, 2), nn.Linear(2, 1)
    found = facts.facts_of(model)
    assert (found["parameters"], found["encoder_parameters"]) == (11, 8)
    assert found["tensors"]["encoder.weight"] == [2, 3]
