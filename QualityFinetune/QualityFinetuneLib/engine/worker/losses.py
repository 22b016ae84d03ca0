"""The loss of a segmentation task: Dice plus cross-entropy, on the main and the auxiliary outputs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from monai.losses import DiceCELoss
from torch import Tensor, nn
from torch.nn.functional import interpolate


class SegmentationLoss(nn.Module):
    """DiceCE over sigmoid for one output, over softmax without counting background's Dice for several.

    Args:
        outputs: channels of the network's output.
        weights: weight of the main output and of each auxiliary one.
    """

    def __init__(self, *, outputs: int, weights: Sequence[float]) -> None:
        super().__init__()
        self._weights = tuple(weights)
        if outputs == 1:
            self._loss = DiceCELoss(sigmoid=True)
        else:
            self._loss = DiceCELoss(softmax=True, to_onehot_y=True, include_background=False)
        self._one = outputs == 1

    def forward(self, outputs: Tensor | list[Tensor], label: Tensor) -> Tensor:
        """Loss of logits (N, outputs, ...) against label values (N, 1, ...), as a mean over the batch."""
        several = outputs if isinstance(outputs, list) else [outputs]
        total = several[0].new_zeros((), dtype=torch.float32)
        for weight, logits in zip(self._weights, several, strict=False):
            total = total + weight * self._loss(logits.float(), self._target(label, logits))
        return total

    def _target(self, label: Tensor, logits: Tensor) -> Tensor:
        if label.shape[2:] != logits.shape[2:]:
            label = interpolate(label.float(), size=logits.shape[2:], mode="nearest-exact")
        return (label > 0).float() if self._one else label.float()
