"""What of a network learns in each mode, and a decoder's warm-up before the encoder joins in."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ...models.adapters import adapt
from ...models.networks.split import SplitNetwork
from ...models.parts import freeze
from ..protocol.jobs import TrainOptions
from .seeding import seed_torch


@dataclass(frozen=True, kw_only=True)
class LearningParts:
    """The parameters that learn, by name.

    Attributes:
        encoder: those of the encoder, its adapters included.
        rest: those of what follows it.
    """

    encoder: dict[str, nn.Parameter]
    rest: dict[str, nn.Parameter]

    def all(self) -> dict[str, nn.Parameter]:
        return self.encoder | self.rest

    def hold_encoder(self, model: SplitNetwork, held: bool) -> None:
        """Put the network into training mode, with its encoder at rest while `held`.

        Parameters at rest get no gradient, so the optimiser leaves them alone, weight decay included.
        """
        for parameter in self.encoder.values():
            parameter.requires_grad_(not held)
        model.train()
        if held:
            model.encoder.eval()


def choose_parts(model: SplitNetwork, options: TrainOptions, *, seed: int) -> LearningParts:
    """Let that of `model` learn which the mode says; `lora` puts its adapters on.

    Raises:
        UserError: BAD_CONFIG for a stage that the encoder lacks, or an encoder that cannot have adapters.
    """
    if options.mode == "lora":
        seed_torch(seed, "adapters")
        adapt(model, rank=options.lora_rank, alpha=options.lora_alpha)
    elif options.mode == "partial":
        freeze(model, "partial", from_stage=options.from_stage)
    else:
        freeze(model, "frozen" if options.keeps_encoder else "full")
    learning = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    encoder = {name: parameter for name, parameter in learning.items() if name.startswith("encoder.")}
    return LearningParts(encoder=encoder, rest={n: p for n, p in learning.items() if n not in encoder})
