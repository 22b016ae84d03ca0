"""The transformer against the authors' code, and against torch's own layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from fixtures import reference_weights
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.vit import IMAGE, TransformerBlock, VisionTransformer, positions


@pytest.mark.slow
def test_tokens_are_those_of_the_authors_code(reference: dict[str, Any], matches: Callable[..., None]) -> None:
    facts = reference["transformer"]
    encoder = VisionTransformer().eval()
    fixed = encoder.pos_embed.clone()
    reference_weights.fill(encoder)
    encoder.pos_embed.copy_(fixed)
    assert {name: list(value.shape) for name, value in encoder.state_dict().items()} == facts["tensors"]
    with torch.no_grad():
        matches(encoder.tokens(reference_weights.values("image", tuple(facts["input"]))), facts["output"])


def test_positions_are_those_of_the_authors_code(reference: dict[str, Any], matches: Callable[..., None]) -> None:
    matches(positions(768)[None], reference["transformer"]["positions"])


def test_no_two_places_share_a_position() -> None:
    found = positions(48)
    distances = torch.cdist(found[1:], found[1:]) + torch.eye(256) * 9
    assert distances.min() > 0.1
    assert not found[0].any()
    with pytest.raises(ValueError, match="divisible by 6"):
        positions(64)


def test_a_block_is_torchs_own_pre_norm_layer() -> None:
    torch.manual_seed(0)
    block = TransformerBlock(24, 4).double().eval()
    theirs = nn.TransformerEncoderLayer(
        24, 4, 96, dropout=0, activation="gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
    ).double()
    names = {"attn.qkv.": "self_attn.in_proj_", "attn.proj.": "self_attn.out_proj.", "mlp.fc1.": "linear1."}
    names |= {"mlp.fc2.": "linear2."}
    state = {}
    for name, value in block.state_dict().items():
        state[next((new + name.removeprefix(old) for old, new in names.items() if name.startswith(old)), name)] = (
            value
        )
    theirs.load_state_dict(state, strict=True)
    tokens = torch.randn(2, 9, 24).double()
    torch.testing.assert_close(block(tokens), theirs.train()(tokens))


def test_the_vector_is_the_mean_of_the_tokens_without_the_class_token(small_vit: str) -> None:
    torch.manual_seed(0)
    encoder = VisionTransformer(size=small_vit).eval()
    images = torch.randn(2, 3, *IMAGE)
    with torch.no_grad():
        assert torch.equal(encoder(images), encoder.tokens(images)[:, 1:].mean(1))
        assert encoder.tokens(images).shape == (2, 257, 48)


def test_another_image_size_is_refused(small_vit: str) -> None:
    model = build("profound_vit_classifier", outputs=2, in_channels=3, size=small_vit)
    with pytest.raises(ValueError, match="256"):
        model(torch.zeros(2, 3, 64, 224, 224))


def test_positions_are_kept_with_the_weights_but_never_learnt(small_vit: str) -> None:
    encoder = VisionTransformer(size=small_vit)
    assert "pos_embed" in encoder.state_dict()
    assert "pos_embed" not in dict(encoder.named_parameters())
