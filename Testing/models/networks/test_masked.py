"""Any encoder here becomes a masked autoencoder, sees nothing of what is hidden, and learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from QualityFinetuneLib.models.build import ARCHITECTURES, build
from QualityFinetuneLib.models.networks.masked import EncoderAlone, MaskedAutoencoder, deepest_map, deepest_of
from QualityFinetuneLib.models.networks.masked_loss import masked_loss
from QualityFinetuneLib.models.networks.split import SplitNetwork

PATCH = (16, 16, 16)


@pytest.fixture(params=["profound_conv_fpn", "segresnet_ds"])
def encoder(request: pytest.FixtureRequest, test_size: str) -> nn.Module:
    """Of a small network with two image channels."""
    options: dict[str, Any] = {"size": test_size} if request.param == "profound_conv_fpn" else {"init_filters": 8}
    torch.manual_seed(0)
    return build(request.param, outputs=1, in_channels=2, **options).encoder


@pytest.fixture
def autoencoder(encoder: nn.Module) -> MaskedAutoencoder:
    return MaskedAutoencoder(encoder, in_channels=2, width=16)


@pytest.fixture
def sample() -> torch.Tensor:
    """Two exams of two channels, and half of each hidden."""
    images = torch.randn(2, 3, 32, 16, 48, generator=torch.Generator().manual_seed(1))
    images[:, -1] = 0
    images[0, -1, 16:] = images[1, -1, :16] = 1
    return images


def test_it_guesses_every_voxel(autoencoder: MaskedAutoencoder, sample: torch.Tensor) -> None:
    assert autoencoder(sample).shape == sample[:, :2].shape
    assert torch.equal(autoencoder.decode(autoencoder.encode(sample)), autoencoder(sample))


def test_what_is_hidden_is_not_seen(autoencoder: MaskedAutoencoder, sample: torch.Tensor) -> None:
    nn.init.constant_(autoencoder.token, 0.3)
    hidden = sample[:, -1:]
    other = sample.clone()
    other[:, :2] = other[:, :2] + 50 * hidden
    assert torch.equal(autoencoder(other), autoencoder(sample))
    other[:, :2] = sample[:, :2] + 50 * (1 - hidden)
    assert not torch.equal(autoencoder(other), autoencoder(sample))


def test_each_voxel_of_the_deepest_map_guesses_its_own_block(
    autoencoder: MaskedAutoencoder, sample: torch.Tensor
) -> None:
    features = autoencoder.encode(sample)
    guessed = autoencoder.decode(features)
    raw = autoencoder.decoder(features[0]).unflatten(1, (2, *autoencoder.stride))
    sz, sy, sx = autoencoder.stride
    for channel, z, y, x in ((0, 0, 0, 0), (1, sz + 1, 3, 2 * sx - 1), (1, 2 * sz - 1, sy - 1, 0)):
        inside = (z % sz, y % sy, x % sx)
        place = (z // sz, y // sy, x // sx)
        assert torch.equal(guessed[:, channel, z, y, x], raw[(slice(None), channel, *inside, *place)])


def test_the_deepest_map_is_what_is_said_of_it(encoder: nn.Module) -> None:
    channels, stride, image = deepest_of(encoder)
    found = deepest_map(encoder, torch.randn(1, 2, 32, 16, 48))
    assert image is None
    assert found.shape == (1, channels, 32 // stride[0], 16 // stride[1], 48 // stride[2])


def test_anisotropic_levels_have_their_own_stride() -> None:
    net = build("segresnet_ds", outputs=1, in_channels=1, init_filters=8, resolution="0.5,0.5,3.0")
    deepest = deepest_of(net.encoder)
    assert deepest.stride == net.size_factor
    assert deepest.stride[2] < deepest.stride[0]
    image = torch.randn(1, 1, *(2 * step for step in deepest.stride))
    assert deepest_map(net.encoder, image).shape[2:] == (2, 2, 2)


def test_a_transformer_takes_one_size_and_gives_its_tokens_where_they_lie(small_vit: str) -> None:
    net = build("profound_vit_classifier", outputs=2, in_channels=1, size=small_vit)
    channels, stride, image = deepest_of(net.encoder)
    assert (stride, image) == ((16, 32, 32), (64, 256, 256))
    autoencoder = MaskedAutoencoder(net.encoder, in_channels=1, width=6)
    sample = torch.randn(1, 2, 64, 256, 256)
    sample[:, 1] = 0
    found = autoencoder.encode(sample)[0]
    assert found.shape == (1, channels, 4, 8, 8)
    tokens = net.encoder.tokens(sample[:, :1])[:, 1:]
    assert torch.equal(found[0, :, 3, 2, 5], tokens[0, 3 * 64 + 2 * 8 + 5])
    assert autoencoder(sample).shape == (1, 1, 64, 256, 256)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_encoder_here_can_be_pretrained(architecture: str, test_size: str, small_vit: str) -> None:
    options: dict[str, Any] = {"init_filters": 8} if "segresnet" in architecture else {"size": test_size}
    options = {"size": small_vit} if "vit" in architecture else options
    net = build(architecture, outputs=2, in_channels=1, **options)
    assert deepest_of(net.encoder).channels > 0


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="Linear cannot be pretrained"):
        deepest_of(nn.Linear(1, 1))


def test_extents_that_the_stride_does_not_divide_are_refused(autoencoder: MaskedAutoencoder) -> None:
    with pytest.raises(ValueError, match="must be divisible"):
        autoencoder(torch.zeros(1, 3, 20, 16, 16))


def test_every_part_of_the_encoder_learns(autoencoder: MaskedAutoencoder, sample: torch.Tensor) -> None:
    loss = masked_loss(autoencoder(sample), sample[:, :2], sample[:, 2:], PATCH)
    loss.backward()
    # Normalisation after the last stage serves pooled vectors alone.
    without = [name for name, value in autoencoder.named_parameters() if value.grad is None]
    assert [name for name in without if not name.startswith("encoder.norm.")] == []


def test_the_loss_falls(autoencoder: MaskedAutoencoder, sample: torch.Tensor) -> None:
    ramp = torch.linspace(-1, 1, 48).expand(2, 2, 32, 16, 48)
    sample[:, :2] = ramp + 0.1 * sample[:, :2]
    optimizer = torch.optim.AdamW(autoencoder.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = masked_loss(autoencoder(sample), sample[:, :2], sample[:, 2:], PATCH)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(1.0, abs=0.1)
    assert losses[-1] < 0.5


def test_an_encoder_alone_keeps_the_names_of_its_network(
    small_segresnet: Callable[..., SplitNetwork], sample: torch.Tensor
) -> None:
    net = small_segresnet()
    alone = EncoderAlone(net.encoder)
    assert set(alone.state_dict()) == {name for name in net.state_dict() if name.startswith("encoder.")}
    assert torch.equal(alone.encode(sample[:, :1])[0], net.encode(sample[:, :1])[-1])
