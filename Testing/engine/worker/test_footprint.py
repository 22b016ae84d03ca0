"""What a step takes is followed from birth to end, with no memory taken and the model left as it was."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from QualityFinetuneLib.engine.worker.footprint import Footprint, footprint_of

MB = 1024**2


class Two(nn.Module):
    """Two linear layers without bias; the second sees twice the first one's result."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, width, bias=False)
        self.second = nn.Linear(width, width, bias=False)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(given) * 2.0)


def measured(model: nn.Module, rows: int, width: int, **options: bool) -> Footprint:
    return footprint_of(
        model, lambda call: call("forward", torch.empty(rows, width)).sum(), averaged=options.get("averaged", False)
    )


def test_weights_moments_and_the_peak_of_a_step_are_those_of_the_arithmetic() -> None:
    width, rows = 256, 4096
    matrix, batch = 4 * width**2, 4 * width * rows
    found = measured(Two(width), rows, width)
    assert found.model == 2 * matrix and found.optimiser == 4 * matrix
    # At most three maps at once (input, twice the first result, and the output or what goes back), and gradients.
    assert 3 * batch <= found.step <= 3 * batch + 4 * matrix
    assert found.total == found.model + found.optimiser + found.step


def test_a_running_mean_takes_as_much_as_what_learns_and_frozen_weights_take_no_moments() -> None:
    model = Two(64)
    model.first.requires_grad_(False)
    matrix = 4 * 64**2
    assert measured(model, 8, 64).optimiser == 2 * matrix
    assert measured(model, 8, 64, averaged=True).optimiser == 3 * matrix


def test_twice_the_rows_take_twice_the_memory() -> None:
    one, two = (measured(Two(64), rows, 64).step for rows in (4096, 8192))
    assert two == pytest.approx(2 * one, rel=0.02)


def test_a_step_that_no_machine_could_hold_costs_nothing() -> None:
    found = measured(Two(1024), 2**34, 1024)
    assert found.step > 2**46


def test_the_model_is_left_as_it_was() -> None:
    model = Two(8)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    measured(model, 4, 8)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    model(torch.ones(1, 8)).sum().backward()
    assert not torch.isnan(model.first.weight.grad).any()


def test_numbers_that_the_program_looks_at_are_real() -> None:
    def step(call) -> torch.Tensor:
        axes = torch.arange(0, 2).tolist()
        assert axes == [0, 1]
        return call("forward", torch.empty(4, 8)).sum(axes)

    assert footprint_of(Two(8), step, averaged=False).step > 0
