from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.formats.masked_vit import is_masked_vit, vit_encoder
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.networks.split import SplitNetwork


@pytest.fixture
def classifier(small_vit: str) -> SplitNetwork:
    model = build("profound_vit_classifier", outputs=2, in_channels=3, size=small_vit)
    reference_weights.fill(model)
    return model


@pytest.fixture
def checkpoint(classifier: SplitNetwork, tmp_path: Path) -> Path:
    """What the published pretraining writes: the encoder under its own names beside the decoder."""
    state = dict(classifier.encoder.state_dict())
    decoder = {"mask_token": (1, 1, 8), "decoder_pos_embed": (1, 257, 8), "decoder_blocks.0.attn.proj.weight": (8, 8)}
    path = tmp_path / "pretrained.pth"
    state |= {name: torch.randn(shape) for name, shape in decoder.items()}
    torch.save({"model": state, "epoch": 399}, path)
    return path


def test_the_encoder_is_kept_whole_and_nothing_else(checkpoint: Path, classifier: SplitNetwork) -> None:
    state = torch.load(checkpoint, weights_only=True)["model"]
    assert is_masked_vit(state)
    assert set(vit_encoder(state)) == set(classifier.encoder.state_dict())
    assert not is_masked_vit(classifier.state_dict())


def test_a_pretrained_transformer_is_a_start_to_train_from(
    checkpoint: Path, classifier: SplitNetwork, small_vit: str
) -> None:
    model = build("profound_vit_classifier", outputs=3, in_channels=3, size=small_vit)
    report = load_pretrained(model, checkpoint, strict=False)
    for name, value in classifier.encoder.state_dict().items():
        assert torch.equal(model.encoder.state_dict()[name], value)
    assert all(name.startswith("head.") for name in report.missing)
    assert not report.unexpected


def test_it_is_no_start_for_a_convolutional_model(checkpoint: Path, test_size: str) -> None:
    with pytest.raises(UserError, match="not this network's") as caught:
        load_pretrained(
            build("profound_conv_classifier", outputs=2, in_channels=3, size=test_size), checkpoint, strict=False
        )
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


def test_a_finetuned_transformer_loads_strictly(classifier: SplitNetwork, small_vit: str, tmp_path: Path) -> None:
    torch.save({"model": classifier.state_dict()}, tmp_path / "finetuned.pth")
    model = build("profound_vit_classifier", outputs=2, in_channels=3, size=small_vit)
    assert not load_pretrained(model, tmp_path / "finetuned.pth", strict=True).missing
