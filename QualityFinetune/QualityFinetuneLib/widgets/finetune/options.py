"""The options of training that the panel offers, in words. No Qt."""

from __future__ import annotations

from typing import Any

from ...engine.protocol.jobs import QualityWeights, TrainOptions
from ..i18n import tr as _

MODES = ("frozen", "probe", "partial", "lora", "full", "scratch")
DEFAULT_EPOCHS = {"frozen": 30, "probe": 30, "partial": 50, "lora": 50, "full": 50, "scratch": 100}
USUAL_RATE = float(TrainOptions().learning_rate)
LEARNING_RATES = (0.0001, 0.0003, USUAL_RATE, 0.003, 0.01)
SAMPLINGS = ("uniform", "class_balanced", "more_high", "more_low")
TIMES = 2.0
"""How much more often a case of the wanted quality is shown."""


def rate_words(rate: float) -> str:
    """A learning rate, and which one is usual."""
    return _("{rate} (usual)").format(rate=f"{rate:g}") if rate == USUAL_RATE else f"{rate:g}"


def sampling_words(name: str) -> str:
    """How often which case is shown."""
    return {
        "uniform": _("Every case as often"),
        "class_balanced": _("Rare structures more often"),
        "more_high": _("High quality twice as often"),
        "more_low": _("Low quality twice as often"),
    }[name]


def sampling_options(name: str) -> dict[str, Any]:
    """The same as the engine takes it."""
    if name == "more_high":
        return {"sampling": "quality_weighted", "quality_weights": QualityWeights(high=TIMES)}
    if name == "more_low":
        return {"sampling": "quality_weighted", "quality_weights": QualityWeights(low=TIMES)}
    return {"sampling": name}


def mode_help(mode: str) -> str:
    """What a mode does, and when to take it, in one sentence."""
    return {
        "frozen": _("Keeps the pretrained encoder as it is and trains the rest: fast, and good with few cases."),
        "probe": _("Keeps the encoder and trains one linear layer: the quickest look at what it already knows."),
        "partial": _("Trains the encoder from a stage on and keeps what comes before."),
        "lora": _("Learns small corrections to the encoder: close to training all of it, with less memory."),
        "full": _("Trains every weight: needs most cases, memory and time."),
        "scratch": _("Starts from random weights: a comparison that shows what pretraining is worth."),
    }[mode]
