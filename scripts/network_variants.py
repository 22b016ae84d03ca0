"""What `benchmark_networks.py` compares: rows of work, the ways to compute each, and what is promised of them."""

from __future__ import annotations

from dataclasses import dataclass

TRAINING = ("classification", "segmentation")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to compute a row's work.

    Attributes:
        plain: as published.
        bf16: under autocast.
        light: the decoder with a quarter of the width.
        encoder: how the encoder takes part in a training step: `learns`, `frozen`, or `cached`, its features known.
        channels_last: layout of weights and images.
        compiled: through torch.compile with CUDA graphs.
        speed: promise for the ratio of times.
        error: promise for the largest difference relative to the largest value.
        memory: promise for the ratio of memory.
    """

    plain: bool = False
    bf16: bool = False
    light: bool = False
    encoder: str = "learns"
    channels_last: bool = False
    compiled: bool = False
    speed: float | None = None
    error: float | None = None
    memory: float | None = None


ROWS: dict[str, dict[str, Variant]] = {
    "encoder": {
        "bf16": Variant(bf16=True, speed=4.0, error=1.5e-2),
        "fp32": Variant(speed=1.3, error=1e-5),
    },
    "upernet": {
        "bf16": Variant(bf16=True, speed=3.3, error=1.5e-2),
        "fp32": Variant(speed=1.4, error=1e-5),
        "light, bf16": Variant(bf16=True, light=True, speed=8.0),
    },
    "classification": {
        "bf16": Variant(bf16=True, speed=2.7, memory=0.5),
        "fp32": Variant(),
    },
    "segmentation": {
        "bf16": Variant(bf16=True, speed=3.5, memory=0.4),
        "frozen, bf16": Variant(bf16=True, encoder="frozen", speed=4.8),
        "frozen, features cached, bf16": Variant(bf16=True, encoder="cached"),
        "light, frozen, features cached, bf16": Variant(bf16=True, encoder="cached", light=True),
    },
}


def variants_of(row: str, device: str) -> dict[str, Variant]:
    """Name to variant, plain first."""
    chosen = {"plain": Variant(plain=True), **ROWS[row]}
    if device == "cpu":
        return chosen
    more: dict[str, Variant] = {}
    for name, one in ROWS[row].items():
        layout = {"bf16": one.bf16, "light": one.light, "encoder": one.encoder, "channels_last": True}
        more[f"{name}, channels last"] = Variant(**layout)
        if row not in TRAINING:
            more[f"{name}, compiled"] = Variant(**{**layout, "channels_last": False}, compiled=True)
    return chosen | more
