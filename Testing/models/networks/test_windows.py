"""What is decoded in a window is what the whole output has there, and learns the same from it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.networks.windows import Cut, Window

EXTENTS = (48, 80, 96)
WINDOWS = [
    Window((0, 32, 32), (48, 16, 32)),  # all slices, away from the other borders
    Window((16, 0, 64), (16, 32, 32)),  # at two borders
    Window((0, 0, 0), (16, 16, 16)),  # in a corner
    Window((0, 0, 0), EXTENTS),
]


@pytest.fixture(params=["profound_conv", "profound_conv_fpn"])
def model(request: pytest.FixtureRequest, test_size: str) -> SplitNetwork:
    torch.manual_seed(0)
    found = build(request.param, outputs=2, in_channels=1, size="test", hidden=8).double()
    for name, value in found.named_parameters():
        if "gamma" in name or "beta" in name:  # what starts at zero would hide a mistake
            torch.nn.init.normal_(value, std=0.5)
    return found.train()


def features_of(model: SplitNetwork) -> list[Tensor]:
    torch.manual_seed(1)
    with torch.no_grad():
        return model.encode(torch.randn(1, 1, *EXTENTS).double())


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_a_window_decoded_alone_has_the_values_and_gradients_of_the_whole(
    model: SplitNetwork, window: Window
) -> None:
    features = features_of(model)
    whole = model.decode(features)
    expected = [window.of(output) for output in (whole if isinstance(whole, list) else [whole])]
    sum(output.square().sum() for output in expected).backward()
    gradients = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    model.zero_grad()
    found = model.decode_window(features, window)
    sum(output.square().sum() for output in found).backward()
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)
    assert any("decode_head" in name or "head." in name for name in gradients)
    for name, value in model.named_parameters():
        if name in gradients:
            scale = float(gradients[name].abs().max())
            torch.testing.assert_close(value.grad, gradients[name], rtol=0, atol=1e-9 * scale + 1e-14, msg=name)


def test_outside_training_only_the_main_output_is_decoded(model: SplitNetwork) -> None:
    assert len(model.eval().decode_window(features_of(model), WINDOWS[0])) == 1


@pytest.mark.parametrize(
    "window",
    [Window((0, 8, 0), (16, 16, 16)), Window((0, 0, 0), (16, 24, 16)), Window((0, 80, 0), (16, 16, 16))],
    ids=["start between cells", "end between cells", "outside"],
)
def test_a_window_off_the_cells_or_outside_the_image_is_refused(window: Window) -> None:
    with pytest.raises(ValueError, match="does not lie"):
        Cut(window, EXTENTS)


def test_maps_that_do_not_lie_on_the_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="do not lie"):
        Cut(WINDOWS[0], EXTENTS)(torch.zeros(1, 1, 4, 5, 6))
