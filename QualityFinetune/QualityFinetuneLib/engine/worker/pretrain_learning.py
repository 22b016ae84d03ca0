"""How a masked autoencoder learns, and how well it guesses exams that it does not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...models.networks.masked import MaskedAutoencoder
from ...models.networks.masked_loss import masked_loss
from ..protocol.jobs import Precision, PretrainOptions
from .context import JobContext
from .optimising import cosine_with_warmup
from .patches import Shown
from .precision import autocast
from .preparing import Prepared
from .pretrain_views import MaskedViews

VIEWS = 2
"""How often each held-out case is judged, each time with other patches hidden; the same ones after every epoch."""


class MaskedObjective:
    """The loss of hidden patches, for a training step and for held-out cases.

    Args:
        model: on `device`.
        mask_patch: voxels of a patch, in the network's order of axes.
        device: where it computes.
        precision: see `precision.autocast`.
        context: takes the numbers; asked before each case whether to stop.
    """

    def __init__(
        self,
        model: MaskedAutoencoder,
        *,
        mask_patch: tuple[int, int, int],
        device: torch.device,
        precision: Precision,
        context: JobContext,
    ) -> None:
        self._model, self._patch = model, mask_patch
        self._device, self._precision, self._context = device, precision, context

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        """Mean squared error of hidden patches alone, see `masked_loss`.

        Args:
            outputs: guessed voxels (N, C, *patch).
            targets: (N, C + 1, *patch), the image and what was hidden of it.
        """
        assert isinstance(outputs, Tensor)
        return masked_loss(outputs, targets[:, :-1], targets[:, -1:], self._patch)

    @torch.no_grad()
    def held_out(
        self, views: MaskedViews, cases: Sequence[Prepared], *, seed: int, patch: tuple[int, int, int], epoch: int
    ) -> float:
        """Mean loss over held-out cases, each told; smaller is better, and 1 is what guessing nothing costs.

        Args:
            views: of `cases`, without augmentation.
            cases: at least one.
            seed: with the case, decides what is hidden; the same in every epoch.
            patch: voxels shown.
            epoch: counted from 1.
        """
        self._model.eval()
        each: list[float] = []
        for number, case in enumerate(cases):
            self._context.stop_if_asked()
            shown = [Shown(case=number, words=(seed, "hold out", number, view)) for view in range(VIEWS)]
            sample = torch.stack([views.get(one, patch).target for one in shown]).to(self._device)
            with autocast(self._device, self._precision):
                guessed = self._model(sample)
            each.append(float(self.loss(guessed, sample)))
            self._context.metric("held_out_loss", each[-1], epoch=epoch, case=case.case.id, stratum=case.case.quality)
        mean = sum(each) / len(each)
        self._context.metric("held_out_loss", mean, epoch=epoch, stratum="all")
        return mean


def optimiser(model: MaskedAutoencoder, options: PretrainOptions) -> torch.optim.AdamW:
    """AdamW over encoder and decoder; biases, normalisations and the mask token are not decayed, as in MAE."""
    decayed: list[torch.nn.Parameter] = []
    kept: list[torch.nn.Parameter] = []
    for parameter in model.parameters():
        # Affines of the response normalisation have leading axes of one.
        (decayed if parameter.squeeze().ndim > 1 else kept).append(parameter)
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": options.weight_decay}, {"params": kept, "weight_decay": 0.0}],
        lr=options.learning_rate,
        betas=options.betas,
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, options: PretrainOptions, *, step: int, steps: int) -> float:
    """Give all parameters their learning rate for `step` of `steps`, and return it."""
    warmup = round(steps * options.warmup_fraction)
    rate = options.learning_rate * cosine_with_warmup(step, steps, warmup=warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate
