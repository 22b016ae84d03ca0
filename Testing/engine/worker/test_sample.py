"""A sample's tensors can all be handed to a GPU at once."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.models.networks.windows import Window


@pytest.mark.parametrize("remembered", [False, True], ids=["a picture", "features alone"])
def test_everything_that_is_there_is_pinned_and_nothing_is_lost(
    remembered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned: list[torch.Tensor] = []

    def pin(tensor: torch.Tensor) -> torch.Tensor:  # needs a GPU's driver otherwise
        pinned.append(tensor)
        return tensor + 1

    monkeypatch.setattr(torch.Tensor, "pin_memory", pin)
    sample = Sample(
        image=None if remembered else torch.zeros(2, 3, 3, 3),
        target=torch.zeros(1, 3, 3, 3),
        window=Window((0, 0, 0), (16, 16, 16)),
        features=[torch.zeros(4), torch.zeros(5)] if remembered else None,
    )
    found = sample.pinned()
    assert len(pinned) == (3 if remembered else 2)
    assert found.window == sample.window and found.target.sum() == 27
    assert (found.image is None) == remembered and (found.features is not None) == remembered
    for level in found.features or ():
        assert level.all()
