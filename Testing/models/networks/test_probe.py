"""Linear probes: linear in the features, the same whether interpolated before or after, one for every network."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from QualityFinetuneLib.models.build import ARCHITECTURES, build
from QualityFinetuneLib.models.networks.probe import LinearReadout, _standardised, probe_of
from QualityFinetuneLib.models.networks.upernet import resized


@pytest.fixture
def maps() -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    shapes = [(2, 4, 6, 6, 4), (2, 8, 3, 3, 2), (2, 16, 2, 2, 1), (2, 16, 2, 2, 1)]
    return [torch.randn(shape, generator=random) for shape in shapes]


def test_convolving_each_stage_first_equals_interpolating_all_and_convolving_once(maps: list[torch.Tensor]) -> None:
    readout = LinearReadout([4, 8, 16, 16], outputs=3)
    size = (24, 24, 16)
    stacked = torch.cat([resized(_standardised(level), size) for level in maps], dim=1)
    weight = torch.cat([stage.weight for stage in readout.stages], dim=1)
    expected = functional.conv3d(stacked, weight, readout.stages[0].bias)
    torch.testing.assert_close(readout(maps, size), expected, rtol=1e-5, atol=1e-5)


def test_a_stage_counts_the_same_whatever_its_scale(maps: list[torch.Tensor]) -> None:
    readout = LinearReadout([4, 8, 16, 16], outputs=1)
    scaled = [3.0 * maps[0] + 5.0, *maps[1:]]
    torch.testing.assert_close(readout(scaled, (6, 6, 4)), readout(maps, (6, 6, 4)), rtol=1e-4, atol=1e-4)


def test_every_network_has_a_probe_with_the_same_encoder() -> None:
    sizes = {"size": "atto"}
    small = {
        "segresnet_ds": {"init_filters": 8},
        "segresnet_classifier": {"init_filters": 8, "answer": "grades"},
        "segresnet_probe": {"init_filters": 8},
        "profound_vit_classifier": None,  # its smallest size has 86 million parameters
    }
    for architecture in ARCHITECTURES:
        name, options = probe_of(architecture, small.get(architecture, sizes) or {"size": "base"})
        assert probe_of(name, options) == (name, options), "the probe of a probe is itself"
        if small.get(architecture, sizes) is None:
            assert options == {"size": "base", "hidden": 0}
            continue
        whole = build(architecture, outputs=3, in_channels=1, **small.get(architecture, sizes))
        probe = build(name, outputs=3, in_channels=1, **options)
        shapes = {key: value.shape for key, value in whole.encoder.state_dict().items()}
        assert {key: value.shape for key, value in probe.encoder.state_dict().items()} == shapes
        rest = [name for name, _ in probe.named_parameters() if not name.startswith("encoder.")]
        assert rest and all(name.startswith("head.") for name in rest)


@pytest.mark.parametrize(
    ("architecture", "options", "extents"),
    [("profound_conv_probe", {"size": "atto"}, (16, 32, 32)), ("segresnet_probe", {"init_filters": 8}, (16, 8, 24))],
)
def test_a_probe_gives_logits_of_the_images_extents_from_its_features(
    architecture: str, options: dict, extents: tuple[int, ...]
) -> None:
    probe = build(architecture, outputs=2, in_channels=1, **options).eval()
    images = torch.randn(1, 1, *extents, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits = probe(images)
        assert logits.shape == (1, 2, *extents)
        torch.testing.assert_close(probe.decode(probe.encode(images)), logits)


@pytest.mark.parametrize("answer", ["classes", "grades", "labels", "values"])
def test_the_probe_of_an_answer_has_no_hidden_layer(answer: str) -> None:
    probe = build("segresnet_classifier", outputs=3, in_channels=1, init_filters=8, hidden=0, answer=answer)
    assert len(probe.head) == 1
    assert probe.eval()(torch.zeros(2, 1, 8, 8, 8)).shape == (2, 2 if answer == "grades" else 3)
