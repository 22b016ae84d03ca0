from __future__ import annotations

import torch

from QualityFinetuneLib.models.networks.made import Made


def test_steps_are_repeated_from_what_is_kept_alone() -> None:
    first, second = torch.randn(1, 2, 3, 3, 3, requires_grad=True), torch.randn(1, 2, 3, 3, 3)
    made = Made.kept(first).then(torch.mul, second).then(torch.exp)
    assert torch.equal(made.maps, (first * second).exp()) and made.maps.requires_grad
    assert [one.data_ptr() for one in made.sources] == [first.data_ptr(), second.data_ptr()]
    again = made.make(*made.sources)
    assert torch.equal(again, made.maps) and not again.requires_grad


def test_a_result_that_was_computed_already_is_taken_as_it_is() -> None:
    given, known = torch.randn(2), torch.randn(2)
    made = Made.kept(given).then(torch.exp, maps=known)
    assert made.maps is known
    assert torch.equal(made.make(*made.sources), given.exp())
