"""Features on their way into a decoder: some left out in training, none in prediction, in every network."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.build import ARCHITECTURES, build
from QualityFinetuneLib.models.networks.feature_dropout import FeatureDropout

SMALL = {
    "profound_conv": {"size": "atto", "hidden": 8, "auxiliary_hidden": 8},
    "profound_conv_unetr": {"size": "atto", "feature_size": 4},
    "profound_conv_fpn": {"size": "atto", "hidden": 8},
    "profound_conv_classifier": {"size": "atto", "hidden": 0},
    "segresnet_ds": {"init_filters": 8},
    "segresnet_classifier": {"init_filters": 8, "hidden": 0},
    "profound_conv_probe": {"size": "atto"},
    "segresnet_probe": {"init_filters": 8},
}


def main_of(outputs: torch.Tensor | list[torch.Tensor]) -> torch.Tensor:
    return outputs[0] if isinstance(outputs, list) else outputs


@pytest.mark.parametrize("architecture", SMALL)
def test_every_network_leaves_features_out_in_training_alone(architecture: str) -> None:
    torch.manual_seed(0)
    model = build(architecture, outputs=2, in_channels=1, dropout=0.5, **SMALL[architecture])
    plain = build(architecture, outputs=2, in_channels=1, **SMALL[architecture])
    plain.load_state_dict(model.state_dict())
    images = torch.randn(1, 1, 32, 32, 32)
    with torch.no_grad():
        features = model.encode(images)
        before = [level.clone() for level in features]
        assert torch.equal(model.eval()(images), plain.eval()(images))
        model.freeze_encoder()
        first, second = (main_of(model.train().decode(features)) for _ in range(2))
    assert not torch.equal(first, second)
    assert all(torch.equal(a, b) for a, b in zip(features, before, strict=True)), "kept features stay as they are"


def test_no_architecture_is_left_out() -> None:
    assert set(ARCHITECTURES) - set(SMALL) == {"profound_vit_classifier"}, "which has the same decoder as its sibling"


def test_whole_channels_are_left_out_and_the_mean_is_kept() -> None:
    torch.manual_seed(1)
    maps, vector = torch.ones(4, 500, 2, 2, 2), torch.ones(4, 500)
    found, numbers = FeatureDropout(0.25).train()([maps, vector])
    each = found.flatten(2)
    assert torch.equal(each.amin(-1), each.amax(-1)), "a channel is there or not"
    assert each.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert each.mean().item() == pytest.approx(1.0, abs=0.05) and numbers.mean().item() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("rate", [-0.1, 1.0, "much"])
def test_what_is_no_share_is_refused(rate: object) -> None:
    with pytest.raises(UserError) as caught:
        build("segresnet_ds", outputs=1, in_channels=1, init_filters=8, dropout=rate)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.BAD_CONFIG and "below 1" in caught.value.why
