"""Learning rate, decay and the held-out loss of a masked autoencoder."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from QualityFinetuneLib.engine.protocol.jobs import PretrainOptions
from QualityFinetuneLib.engine.worker.pretrain_learning import optimiser, set_learning_rate
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.masked import MaskedAutoencoder


@pytest.fixture(scope="module")
def model() -> MaskedAutoencoder:
    net = build("profound_conv_fpn", outputs=1, in_channels=2, size="atto")
    return MaskedAutoencoder(net.encoder, in_channels=2, width=8)


def test_kernels_are_decayed_and_biases_norms_and_token_are_not(model: MaskedAutoencoder) -> None:
    adam = optimiser(model, PretrainOptions())
    decayed, kept = ({id(one) for one in group["params"]} for group in adam.param_groups)
    assert len(decayed) + len(kept) == len(list(model.parameters()))
    named = dict(model.named_parameters())
    for name in ("encoder.stages.0.0.dwconv.weight", "decoder.3.weight"):
        assert id(named[name]) in decayed
    for name in ("encoder.stages.0.0.grn.gamma", "encoder.stages.0.0.norm.weight", "token", "decoder.0.bias"):
        assert id(named[name]) in kept
    assert [(group["weight_decay"], group["betas"]) for group in adam.param_groups] == [
        (0.05, (0.9, 0.95)),
        (0.0, (0.9, 0.95)),
    ]


def test_the_learning_rate_rises_then_falls(model: MaskedAutoencoder) -> None:
    options = PretrainOptions(learning_rate=1e-2, warmup_fraction=0.1)
    adam = optimiser(model, options)
    rates = [set_learning_rate(adam, options, step=step, steps=100) for step in range(100)]
    assert rates[:10] == pytest.approx([1e-3 * (step + 1) for step in range(10)])
    assert all(a >= b for a, b in pairwise(rates[10:]))
    assert rates[-1] < 1e-4
    assert {group["lr"] for group in adam.param_groups} == {rates[-1]}
    assert torch.is_tensor(model.token)
