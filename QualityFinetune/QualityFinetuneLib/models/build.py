"""Networks by name."""

from __future__ import annotations

import inspect
from typing import Any

from ..common.errors import ErrorCode, UserError
from .cards import outputs_for
from .networks.classifier import ProFoundClassifier, SegResNetClassifier, VitClassifier
from .networks.fpn import ProFoundFpn
from .networks.probe import ProFoundProbe, SegResNetProbe
from .networks.rewrites import use_rewrites
from .networks.segresnet import SegResNet
from .networks.split import SplitNetwork
from .networks.unetr import ProFoundUnetr
from .networks.upernet import ProFoundSegmenter
from .parts import decoder_parameters, encoder_of, encoder_parameters, freeze_encoder

__all__ = [
    "ARCHITECTURES",
    "build",
    "decoder_parameters",
    "encoder_of",
    "encoder_parameters",
    "freeze_encoder",
    "outputs_for",
]

ARCHITECTURES: dict[str, type[SplitNetwork]] = {
    "profound_conv": ProFoundSegmenter,
    "profound_conv_unetr": ProFoundUnetr,
    "profound_conv_fpn": ProFoundFpn,
    "profound_conv_classifier": ProFoundClassifier,
    "profound_vit_classifier": VitClassifier,
    "segresnet_ds": SegResNet,
    "segresnet_classifier": SegResNetClassifier,
    "profound_conv_probe": ProFoundProbe,
    "segresnet_probe": SegResNetProbe,
}


def build(
    architecture: str,
    *,
    outputs: int,
    in_channels: int,
    rewrite: bool = True,
    dropout: float = 0.0,
    **options: Any,
) -> SplitNetwork:
    """A network with random weights, on the CPU, in training mode.

    Args:
        architecture: a name in `ARCHITECTURES`.
        outputs: output channels.
        in_channels: image channels.
        rewrite: use the exact rewrites of published operations (same weights, same results, less work).
        dropout: share of the encoder's features that the decoder does not get in training, see `FeatureDropout`.
        options: keyword arguments of the network's class, as in a card's `options`.

    Raises:
        UserError: BAD_CONFIG for an unknown name or option, or an option that the network cannot be built with.
    """
    if architecture not in ARCHITECTURES:
        raise _unusable(f"There is no architecture {architecture!r}; there are {', '.join(ARCHITECTURES)}.")
    network = ARCHITECTURES[architecture]
    allowed = [name for name in inspect.signature(network).parameters if name not in ("outputs", "in_channels")]
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        raise _unusable(f"{architecture} has no option {unknown[0]!r}; it has {', '.join([*allowed, 'dropout'])}.")
    if not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise _unusable(f"The dropout is {dropout}, and must be at least 0 and below 1.")
    if "size" in options and options["size"] not in network.sizes:
        raise _unusable(f"There is no size {options['size']!r}; there are {', '.join(network.sizes)}.")
    try:
        model = network(outputs=outputs, in_channels=in_channels, **options)  # type: ignore[call-arg]
    except (TypeError, ValueError, RuntimeError) as error:
        raise _unusable(f"{architecture} cannot be built with these numbers: {error}.") from error
    use_rewrites(model, rewrite)
    model.use_dropout(dropout)
    return model


def _unusable(why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_CONFIG,
        what="The network cannot be built.",
        why=why,
        next="Correct the model's settings, or choose another model.",
    )
