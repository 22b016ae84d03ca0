"""Vision transformers pretrained as masked autoencoders, reduced to the encoder."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def is_masked_vit(state: Mapping[str, Tensor]) -> bool:
    """True for a masked autoencoder's checkpoint with a transformer as encoder."""
    return "patch_embed.proj.weight" in state and any(name.startswith("decoder_") for name in state)


def vit_encoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder, without the decoder that rebuilt the masked patches."""
    return {name: value for name, value in state.items() if not name.startswith("decoder_") and name != "mask_token"}
