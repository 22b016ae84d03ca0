from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.networks.block_update import block_update
from QualityFinetuneLib.models.networks.convnextv2 import Block


def _parts(block: Block) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    return {
        "norm": (block.norm.weight, block.norm.bias),
        "first": (block.pwconv1.weight, block.pwconv1.bias),
        "response": (block.grn.gamma.flatten(), block.grn.beta.flatten()),
        "second": (block.pwconv2.weight, block.pwconv2.bias),
    }


def _block(channels: int) -> Block:
    torch.manual_seed(0)
    block = Block(channels)
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return block


@pytest.mark.parametrize("exams", [1, 2])
def test_its_gradients_are_those_of_numeric_differences(exams: int) -> None:
    block = _block(3).double()
    maps = torch.randn(exams, 2, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    given = [one.detach().requires_grad_() for pair in _parts(block).values() for one in pair]

    def update(maps: torch.Tensor, *parts: torch.Tensor) -> torch.Tensor:
        names = ("norm", "first", "response", "second")
        return block_update(maps, **{name: (parts[2 * n], parts[2 * n + 1]) for n, name in enumerate(names)})

    assert torch.autograd.gradcheck(update, (maps, *given))


@pytest.mark.parametrize("exams", [1, 3])
def test_a_block_and_its_gradients_agree_with_the_published_form(exams: int) -> None:
    block = _block(16)
    published = Block(16).double()
    published.load_state_dict(block.state_dict())
    published.rewrite = False
    maps = torch.randn(exams, 16, 3, 5, 4, requires_grad=True)
    exact = maps.detach().double().requires_grad_()
    found, expected = block(maps), published(exact)
    towards = torch.randn_like(found)
    found.backward(towards)
    expected.backward(towards.double())
    pairs = [(found.detach(), expected.detach()), (maps.grad, exact.grad)]
    pairs += [(one.grad, other.grad) for one, other in zip(block.parameters(), published.parameters(), strict=True)]
    for one, other in pairs:
        assert one is not None and other is not None
        assert (one.double() - other).abs().max() < 1e-5 * other.abs().max()


def test_with_and_without_gradients_it_gives_the_same() -> None:
    block = _block(8)
    maps = torch.randn(2, 2, 3, 4, 8)
    learning = block_update(maps, **_parts(block))
    with torch.no_grad():
        torch.testing.assert_close(block_update(maps, **_parts(block)), learning.detach(), rtol=1e-5, atol=1e-5)


def test_a_channel_that_is_zero_everywhere_gives_finite_gradients() -> None:
    block = _block(4)
    torch.nn.init.zeros_(block.pwconv1.weight)
    torch.nn.init.zeros_(block.pwconv1.bias)
    block_update(torch.randn(1, 2, 2, 2, 4), **_parts(block)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in block.parameters() if p.grad is not None)


def test_of_the_wide_maps_none_is_kept_for_the_gradients() -> None:
    block = _block(8)
    kept: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (kept.append(t.numel()), t)[1], lambda t: t):
        block_update(torch.randn(1, 9, 9, 9, 8), **_parts(block))
    assert max(kept) == 8 * 729 and kept.count(8 * 729) == 1
