from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.adapters import adapt, merge, merged_state
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.networks.rewrites import use_rewrites
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.package import load_model, save_model
from QualityFinetuneLib.models.parts import trainable_parameters

IMAGES = torch.randn(2, 3, 16, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model(test_size: str) -> SplitNetwork:
    network = build("profound_conv_classifier", outputs=2, in_channels=3, size=test_size)
    reference_weights.fill(network)
    return network.eval()


def learn(model: SplitNetwork) -> None:
    """A few large steps, so that corrections matter."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.05, weight_decay=0.1)
    for _ in range(3):
        model.train()(IMAGES).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


@torch.no_grad()
def test_adapters_change_nothing_before_they_learn(model: SplitNetwork) -> None:
    before = model(IMAGES)
    assert adapt(model, rank=2) == 10  # two layers in each of five blocks
    torch.testing.assert_close(model(IMAGES), before, rtol=0, atol=0)


def test_corrections_are_learnt_and_the_encoders_own_weights_stay(model: SplitNetwork) -> None:
    adapt(model, rank=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    learn(model)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert {name for name in changed if name.startswith("encoder.")} == {
        name for name in before if name.endswith((".up", ".down"))
    }
    assert "head.0.weight" in changed


def test_merging_leaves_the_plain_network_with_the_same_output(model: SplitNetwork) -> None:
    names, plain = list(model.state_dict()), model(IMAGES).detach()
    adapt(model, rank=2)
    learn(model)
    with torch.no_grad():
        learnt = model(IMAGES)
        state = merged_state(model)
        merge(model)
        torch.testing.assert_close(model(IMAGES), learnt, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(learnt, plain, atol=1e-3)
    assert set(model.state_dict()) == set(names) == set(state)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_both_forms_of_the_network_see_the_corrections(model: SplitNetwork) -> None:
    adapt(model, rank=2)
    learn(model)
    with torch.no_grad():
        rewritten = model(IMAGES)
        use_rewrites(model, False)
        torch.testing.assert_close(model(IMAGES), rewritten, rtol=1e-4, atol=1e-5)


def test_the_correction_has_the_rank_that_was_asked_for(model: SplitNetwork) -> None:
    before = model.encoder.stages[2][0].pwconv1.weight.detach().clone()
    adapt(model, rank=3, alpha=6)
    learn(model)
    correction = (model.encoder.stages[2][0].pwconv1.weight - before).double()
    assert torch.linalg.matrix_rank(correction, rtol=1e-4).item() == 3


def test_what_is_saved_is_the_plain_network(model: SplitNetwork, meta: ModelMeta, tmp_path: Path) -> None:
    adapt(model, rank=2)
    learn(model)
    save_model(tmp_path / "saved", model, meta)
    loaded, _ = load_model(tmp_path / "saved")
    with torch.no_grad():
        torch.testing.assert_close(loaded(IMAGES), model(IMAGES), rtol=1e-4, atol=1e-5)


@pytest.fixture
def meta() -> ModelMeta:
    values: dict[str, Any] = {"name": "a", "card": "profound_conv_classifier", "task": "lesion", "mode": "full"}
    values |= {
        "architecture": "profound_conv_classifier",
        "outputs": 2,
        "in_channels": 3,
        "predicts": "classification",
    }
    values |= {"options": {"size": "test"}, "inputs": ("t2w", "hbv", "adc"), "spacing_mm": (0.5, 0.5, 1.0)}
    values |= {"patch": (16, 16, 16), "whole_volume": True, "orientation": "LPS", "normalisation": "zscore_nonzero"}
    return ModelMeta.model_validate(values)


def test_a_resumed_training_finds_its_adapters_again(model: SplitNetwork, test_size: str) -> None:
    other = copy.deepcopy(model)
    adapt(model, rank=2)
    learn(model)
    adapt(other, rank=2)
    other.load_state_dict(model.state_dict(), strict=True)
    with torch.no_grad():
        assert torch.equal(other(IMAGES), model(IMAGES))


def test_few_numbers_learn_in_the_published_encoder() -> None:
    with torch.device("meta"):
        model = build("profound_conv_fpn", outputs=1, in_channels=3)
        adapt(model, rank=8)
    encoder = sum(value.numel() for value in model.encoder.parameters() if value.requires_grad)
    assert encoder == sum(
        depth * 2 * 8 * 5 * dim for depth, dim in zip((3, 3, 9, 3), (96, 192, 384, 768), strict=True)
    )
    assert trainable_parameters(model)[0] < 0.03 * trainable_parameters(model)[1]


def test_a_transformer_is_adapted_too(small_vit: str) -> None:
    assert adapt(build("profound_vit_classifier", outputs=2, in_channels=3, size=small_vit)) == 8


@pytest.mark.parametrize("case", ["convolutions", "rank", "twice"])
def test_what_cannot_be_adapted_is_told(model: SplitNetwork, case: str) -> None:
    if case == "convolutions":
        model = build("segresnet_ds", outputs=1, in_channels=1, init_filters=8)
    if case == "twice":
        adapt(model)
    with pytest.raises(UserError) as caught:
        adapt(model, rank=0 if case == "rank" else 4)
    assert caught.value.code is ErrorCode.BAD_CONFIG
