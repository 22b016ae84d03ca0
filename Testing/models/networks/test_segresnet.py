from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from monai.networks.nets.segresnet_ds import SegResNetDS

from QualityFinetuneLib.models.networks.split import SplitNetwork


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("deep_supervision", [True, False])
def test_it_computes_what_monai_computes(
    small_segresnet: Callable[..., SplitNetwork], training: bool, deep_supervision: bool
) -> None:
    model = small_segresnet(outputs=2, deep_supervision=deep_supervision).train(training)
    oracle = SegResNetDS(
        spatial_dims=3,
        init_filters=8,
        in_channels=1,
        out_channels=2,
        norm=("GROUP", {"num_groups": 4}),
        act=("MISH", {"inplace": False}),
        dsdepth=4 if deep_supervision else 1,
    ).train(training)
    oracle.load_state_dict(model.state_dict(), strict=True)
    images = torch.randn(2, 1, 16, 24, 8)
    found, expected = model(images), oracle(images)
    if training and deep_supervision:
        assert len(found) == len(expected) == len(model.supervision_weights) == 3
    else:
        found, expected = [found], [expected]
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_a_size_that_cannot_be_halved_thrice_is_refused(small_segresnet: Callable[..., SplitNetwork]) -> None:
    with pytest.raises(ValueError, match=r"divisible by \(8, 8, 8\)"):
        small_segresnet()(torch.zeros(1, 1, 16, 16, 12))


def test_coarser_outputs_are_learnt_from_kept_features_too(small_segresnet: Callable[..., SplitNetwork]) -> None:
    model = small_segresnet().train()
    with torch.no_grad():
        features = model.encode(torch.randn(1, 1, 16, 16, 16))
    outputs = model.decode(features)
    assert [output.shape[-1] for output in outputs] == [16, 8, 4]
    assert all(output.requires_grad for output in outputs)
