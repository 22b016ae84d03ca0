from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.models.formats.sparse_fcmae import dense_encoder, is_sparse
from QualityFinetuneLib.models.networks.convnextv2 import ConvNeXtV2


@pytest.fixture(scope="module")
def sparse() -> dict[str, torch.Tensor]:
    """A whole masked autoencoder's checkpoint under the authors' names."""
    with torch.device("meta"):
        dense = {name: tuple(value.shape) for name, value in ConvNeXtV2().state_dict().items()}
    shapes = reference_weights.sparse_shapes(dense)
    return {name: reference_weights.weight(name, shape) for name, shape in shapes.items()}


def test_every_tensor_is_the_one_that_the_authors_function_gives(
    sparse: dict[str, torch.Tensor], reference: dict[str, Any]
) -> None:
    found = {
        name: [list(value.shape), reference_weights.digest(value)] for name, value in dense_encoder(sparse).items()
    }
    assert found == reference["sparse"]["tensors"]


def test_the_encoder_answers_as_the_authors_with_the_same_checkpoint(
    sparse: dict[str, torch.Tensor], reference: dict[str, Any], matches: Callable[..., None]
) -> None:
    facts = reference["sparse"]
    encoder = ConvNeXtV2()
    reference_weights.fill(encoder)
    missing, unexpected = encoder.load_state_dict(dense_encoder(sparse), strict=False)
    assert (missing, unexpected) == (["norm.weight", "norm.bias"], [])
    with torch.no_grad():
        matches(encoder.eval()(reference_weights.values("image", tuple(facts["input"]))), facts["output"])


def test_each_tap_of_a_kernel_finds_its_place() -> None:
    kernel = torch.arange(8 * 2 * 3).reshape(8, 2, 3).float()
    dense = dense_encoder({"encoder.downsample_layers.1.1.kernel": kernel})["downsample_layers.1.1.weight"]
    assert dense.shape == (3, 2, 2, 2, 2)
    for d in range(2):
        for h in range(2):
            for w in range(2):
                assert torch.equal(dense[:, :, d, h, w], kernel[d + 2 * h + 4 * w].T)


def test_a_depthwise_and_a_pointwise_kernel_are_told_apart() -> None:
    dense = dense_encoder(
        {
            "encoder.stages.0.0.dwconv.kernel": torch.arange(27.0 * 2).reshape(27, 2),
            "encoder.downsample_layers.3.1.kernel": torch.arange(6.0).reshape(2, 3),
        }
    )
    assert dense["stages.0.0.dwconv.weight"].shape == (2, 1, 3, 3, 3)
    assert dense["stages.0.0.dwconv.weight"][1, 0, 1, 0, 0] == 1 * 2 + 1
    assert torch.equal(dense["downsample_layers.3.1.weight"].squeeze(), torch.arange(6.0).reshape(2, 3).T)


def test_a_kernel_that_is_no_cube_is_refused() -> None:
    with pytest.raises(ValueError, match="no cube"):
        dense_encoder({"encoder.stages.0.0.dwconv.kernel": torch.zeros(10, 4)})


def test_a_dense_checkpoint_is_not_taken_for_a_sparse_one(sparse: dict[str, torch.Tensor]) -> None:
    assert is_sparse(sparse)
    assert not is_sparse(dense_encoder(sparse))
