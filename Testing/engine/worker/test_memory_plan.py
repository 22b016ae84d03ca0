"""Less memory in the promised order: batch, patch, computing twice."""

from __future__ import annotations

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan


def test_the_batch_shrinks_first_then_the_patch_then_activations(heard) -> None:
    plan = MemoryPlan(parts=1, patch=(96, 64, 32), recompute=False, patch_may_shrink=True, divisors=(8, 8, 8))
    context, seen = heard.context(), []
    while plan.shrink(3, context):
        seen.append((plan.parts, plan.patch, plan.recompute))
    assert seen == [
        (2, (96, 64, 32), False),
        (3, (96, 64, 32), False),
        (3, (48, 64, 32), False),
        (3, (48, 32, 32), False),
        (3, (24, 32, 32), False),
        (3, (24, 32, 32), True),
    ]
    assert len(heard) == 6 and {event.code for event in heard} == {ErrorCode.OUT_OF_MEMORY}


def test_a_whole_volume_keeps_its_size(heard) -> None:
    plan = MemoryPlan(parts=1, patch=(64, 224, 224), recompute=False, patch_may_shrink=False)
    assert plan.shrink(1, heard.context()) and plan.recompute
    assert plan.patch == (64, 224, 224)
    assert not plan.shrink(1, heard.context())


def test_patches_stay_divisible_by_what_the_network_needs(heard) -> None:
    plan = MemoryPlan(parts=1, patch=(80, 80, 16), recompute=False, patch_may_shrink=True, divisors=(16, 16, 16))
    while plan.shrink(1, heard.context()):
        assert all(extent % 16 == 0 for extent in plan.patch)
