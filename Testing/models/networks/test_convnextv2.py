from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.networks.convnextv2 import Block, ConvNeXtV2


def test_features_have_the_published_resolutions() -> None:
    with torch.device("meta"):
        maps = ConvNeXtV2().features(torch.empty(1, 3, 64, 224, 224))
    assert [tuple(part.shape[1:]) for part in maps] == [
        (96, 16, 56, 56),
        (192, 8, 28, 28),
        (384, 4, 14, 14),
        (768, 4, 14, 14),
    ]


def test_pooling_is_the_normalised_mean_of_the_last_map(test_size: str) -> None:
    torch.manual_seed(0)
    encoder = ConvNeXtV2(size=test_size).eval()
    images = torch.randn(2, 3, 16, 32, 32)
    with torch.no_grad():
        last = encoder.features(images)[-1]
        mean = last.flatten(2).mean(-1)
        expected = (mean - mean.mean(1, keepdim=True)) / (mean.var(1, unbiased=False, keepdim=True) + 1e-6).sqrt()
        torch.testing.assert_close(encoder(images), expected, rtol=1e-4, atol=1e-4)


def test_stochastic_depth_rises_from_zero_to_its_rate() -> None:
    rates = [
        module.drop_path.drop_prob
        for module in ConvNeXtV2(size="atto", drop_path=0.1).modules()
        if isinstance(module, Block)
    ]
    assert rates == pytest.approx([0.1 * n / 11 for n in range(12)], abs=1e-7)


def test_stochastic_depth_acts_in_training_alone_and_drops_whole_exams() -> None:
    torch.manual_seed(0)
    block = Block(4, drop_path=0.5)
    maps = torch.randn(32, 4, 2, 2, 2)
    with torch.no_grad():
        update = block.eval()(maps) - maps
        trained = block.train()(maps) - maps
    dropped = trained.flatten(1).abs().amax(1) == 0
    assert 4 < dropped.sum() < 28
    torch.testing.assert_close(trained[~dropped], 2 * update[~dropped], rtol=1e-4, atol=1e-5)


def test_weights_start_small_and_biases_at_zero() -> None:
    torch.manual_seed(0)
    state = ConvNeXtV2(size="atto").state_dict()
    kernel = state["stages.3.0.pwconv1.weight"]
    assert kernel.std().item() == pytest.approx(0.02, rel=0.02)
    assert not state["stages.3.0.pwconv1.bias"].any()
    assert not state["stages.0.0.grn.gamma"].any()


def test_autocast_in_bfloat16_stays_near_single_precision() -> None:
    torch.manual_seed(0)
    encoder = ConvNeXtV2(size="atto").eval()
    for name, parameter in encoder.named_parameters():
        if "grn" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    images = torch.randn(1, 3, 32, 64, 64)
    with torch.no_grad():
        expected = encoder.features(images)[-1]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = encoder.features(images)[-1]
    assert ((found - expected).norm() / expected.norm()).item() < 2e-2
