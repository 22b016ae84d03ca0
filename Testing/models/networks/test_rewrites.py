from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from QualityFinetuneLib.models.networks.convnextv2 import Block
from QualityFinetuneLib.models.networks.rewrites import Rewritable, use_rewrites
from QualityFinetuneLib.models.networks.split import SplitNetwork


def step(
    model: SplitNetwork, images: torch.Tensor, rewrite: bool
) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
    use_rewrites(model, rewrite)
    model.train().zero_grad()
    outputs = model(images)
    sum(output.square().mean() + output.sum() for output in outputs).backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    return [output.detach() for output in outputs], gradients


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 1e-5)])
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(16, 32, 48), (21, 37, 45)])
def test_outputs_and_gradients_of_both_forms_agree(
    small_segmenter: Callable[..., SplitNetwork],
    relative: Callable[[torch.Tensor, torch.Tensor], float],
    dtype: torch.dtype,
    tolerance: float,
    batch: int,
    size: tuple[int, int, int],
) -> None:
    # The published form is taken in double precision: its own fp32 is 2e-5 away from that, the rewritten one's 2e-6.
    model = small_segmenter().to(dtype)
    torch.manual_seed(1)
    images = torch.randn(batch, 3, *size, dtype=dtype)
    found, found_gradients = step(model, images, rewrite=True)
    expected, expected_gradients = step(model.double(), images.double(), rewrite=False)
    assert max(relative(a, b) for a, b in zip(found, expected, strict=True)) < tolerance
    assert expected_gradients.keys() == found_gradients.keys()
    scale = max(value.abs().max().item() for value in expected_gradients.values())
    for name, value in expected_gradients.items():
        # A gradient that cancels to almost nothing is measured against the largest of all.
        allowed = tolerance * max(value.abs().max().item(), 1e-3 * scale)
        assert (found_gradients[name] - value).abs().max().item() < allowed, name


def test_switching_reaches_every_module_and_back(small_segmenter: Callable[..., SplitNetwork]) -> None:
    model = small_segmenter()
    parts = [module for module in model.modules() if isinstance(module, Rewritable)]
    assert len(parts) > 15
    for on in (False, True):
        use_rewrites(model, on)
        assert all(part.rewrite is on for part in parts)


def test_a_rewritten_block_keeps_a_third_less_for_the_backward_pass() -> None:
    block = Block(8)
    kept: dict[bool, int] = {}
    for on in (False, True):
        use_rewrites(block, on)
        storages: dict[int, int] = {}

        def pack(tensor: torch.Tensor, storages: dict[int, int] = storages) -> torch.Tensor:
            storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            output = block(torch.randn(1, 8, 16, 32, 32))
        kept[on] = sum(storages.values())
        del output
    assert kept[True] < 0.67 * kept[False]
