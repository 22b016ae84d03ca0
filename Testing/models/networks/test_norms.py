from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.networks.norms import ChannelNorm, GlobalResponseNorm


@pytest.mark.parametrize("rewrite", [True, False])
def test_channel_norm_is_layer_norm_of_each_voxel(rewrite: bool) -> None:
    torch.manual_seed(0)
    norm = ChannelNorm(5).double()
    norm.rewrite = rewrite
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    maps = torch.randn(2, 5, 3, 4, 2).double()
    found = norm(maps)
    for n, d, h, w in ((0, 0, 0, 0), (1, 2, 3, 1)):
        voxel = maps[n, :, d, h, w]
        deviation = ((voxel - voxel.mean()).square().mean() + 1e-6).sqrt()
        expected = (voxel - voxel.mean()) / deviation * norm.weight + norm.bias
        torch.testing.assert_close(found[n, :, d, h, w], expected)


def test_response_norm_follows_its_formula_and_treats_each_exam_alone() -> None:
    torch.manual_seed(0)
    norm = GlobalResponseNorm(4).double()
    torch.nn.init.normal_(norm.gamma)
    torch.nn.init.normal_(norm.beta)
    maps = torch.randn(2, 3, 2, 2, 4).double()
    for exam, found in zip(maps, norm(maps), strict=True):
        energy = exam.reshape(-1, 4).square().sum(0).sqrt()
        response = energy / (energy.mean() + 1e-6)
        torch.testing.assert_close(found, exam + norm.gamma[0] * exam * response + norm.beta[0])


def test_the_scale_of_the_response_norm_is_what_it_multiplies_with() -> None:
    torch.manual_seed(0)
    norm = GlobalResponseNorm(4).double()
    torch.nn.init.normal_(norm.gamma)
    maps = torch.randn(2, 3, 2, 2, 4).double()
    scale = norm.scale(maps.flatten(1, 3))
    torch.testing.assert_close(norm(maps), maps * scale[:, None, None, None])


def test_a_silent_map_gives_numbers_and_gradients() -> None:
    norm = GlobalResponseNorm(3).double()
    torch.nn.init.ones_(norm.gamma)
    maps = torch.zeros(1, 2, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    norm(maps).sum().backward()
    assert maps.grad is not None and torch.isfinite(maps.grad).all()
