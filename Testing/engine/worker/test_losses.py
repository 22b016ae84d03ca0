"""The loss against its formula, and at its extremes."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.engine.worker.losses import SegmentationLoss

SHAPE = (2, 1, 8, 8, 4)


def perfect(label: torch.Tensor, outputs: int) -> torch.Tensor:
    one_hot = functional.one_hot(label[:, 0], max(outputs, 2)).movedim(-1, 1).float()
    return 40 * (one_hot if outputs > 1 else one_hot[:, 1:]) - 20


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_perfect_answer_costs_nothing_and_the_opposite_much(outputs: int) -> None:
    label = torch.randint(0, max(outputs, 2), SHAPE, generator=torch.Generator().manual_seed(0))
    loss = SegmentationLoss(outputs=outputs, weights=(1.0,))
    assert loss(perfect(label, outputs), label) < 0.01
    assert loss(-perfect(label, outputs), label) > 5


def test_it_is_dice_plus_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(1)
    logits, label = torch.randn(2, 3, 8, 8, 4, generator=generator), torch.randint(0, 3, SHAPE, generator=generator)
    p, t = logits.softmax(1)[:, 1:], functional.one_hot(label[:, 0], 3).movedim(-1, 1).float()[:, 1:]
    both, sizes = (p * t).sum((2, 3, 4)), (p + t).sum((2, 3, 4))
    expected = (1 - (2 * both + 1e-5) / (sizes + 1e-5)).mean() + functional.cross_entropy(logits, label[:, 0])
    found = SegmentationLoss(outputs=3, weights=(1.0,))(logits, label)
    assert torch.allclose(found, expected, atol=1e-5)


def test_auxiliary_outputs_are_weighted_and_may_be_coarser() -> None:
    generator = torch.Generator().manual_seed(2)
    label = torch.randint(0, 3, SHAPE, generator=generator)
    main, coarse = torch.randn(2, 3, 8, 8, 4, generator=generator), torch.randn(2, 3, 4, 4, 2, generator=generator)
    loss = SegmentationLoss(outputs=3, weights=(1.0, 0.4))
    small = functional.interpolate(label.float(), size=(4, 4, 2), mode="nearest-exact").long()
    assert torch.allclose(loss([main, coarse], label), loss(main, label) + 0.4 * loss(coarse, small))


def test_half_precision_outputs_are_judged_in_full_precision() -> None:
    label = torch.ones(SHAPE, dtype=torch.long)
    loss = SegmentationLoss(outputs=1, weights=(1.0,))(torch.zeros(SHAPE, dtype=torch.bfloat16), label)
    assert loss.dtype == torch.float32
