"""The quick form of a network says what the network says."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.engine.worker.ready import ready_to_predict
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.split import SplitNetwork

CPU = torch.device("cpu")
IMAGES = torch.randn(1, 1, 16, 24, 8, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def network() -> SplitNetwork:
    torch.manual_seed(3)
    return build("segresnet_ds", outputs=3, in_channels=1, init_filters=8).train()


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("bf16", 3e-2)])
def test_it_says_the_same_in_float32(network: SplitNetwork, precision: str, tolerance: float) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    _, forward = ready_to_predict(network, device=CPU, precision=precision)  # type: ignore[arg-type]
    with torch.inference_mode():
        found = forward(IMAGES)
        expected = network.eval()(IMAGES)
    assert found.dtype == torch.float32
    assert float((found - expected).abs().max() / expected.abs().max()) <= tolerance
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert all(tensor.dtype == torch.float32 for tensor in network.state_dict().values())


def test_bf16_is_really_used_where_it_is_asked_for(network: SplitNetwork) -> None:
    quick, _ = ready_to_predict(network, device=CPU, precision="bf16")
    assert {parameter.dtype for parameter in quick.parameters()} == {torch.bfloat16}
    assert not quick.training


def test_other_networks_work_as_they_are() -> None:
    network = build("profound_conv", outputs=2, in_channels=1, size="atto", hidden=8, auxiliary_hidden=8).train()
    same, forward = ready_to_predict(network, device=CPU, precision="fp32")
    images = torch.randn(1, 1, 16, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert same is network and not network.training
        torch.testing.assert_close(forward(images), network(images))
