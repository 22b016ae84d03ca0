"""A model card as a reader needs it: what it is, where it comes from, under which terms, what to beware of."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ...models.cards import ModelCard
from ...models.registry import weights_path
from ...study.records import Model
from ..computer import runs_elsewhere
from ..i18n import tr as _
from ..words import role_words


def card_html(card: ModelCard) -> str:
    """The card in a few lines of rich text."""
    size = _("{millions} million parameters").format(millions=f"{card.parameters_m:g}") if card.parameters_m else ""
    lines = [
        (_("Takes"), ", ".join(role_words(role) for role in card.inputs)),
        (_("Size"), size),
        (_("Source"), card.source),
        (_("License"), card.licence),
        (_("Limits"), card.limits),
    ]
    body = "".join(f"<br><b>{escape(name)}:</b> {escape(text)}" for name, text in lines if text)
    return f"<b>{escape(card.title)}</b>{body}"


def own_model_html(model: Model, title: str) -> str:
    """The same for a model that came out of a run of this study."""
    return _("<b>{name}</b><br>Made in this study by run {run}: {title}").format(
        name=escape(model.name), run=model.run_id if model.run_id is not None else "–", title=escape(title)
    )


def needs_file(card: ModelCard) -> bool:
    """True when the user has to bring the weights."""
    return card.weights.kind == "file"


def missing_weights(card: ModelCard, *, engine_python: Path | None) -> str:
    """What to do when a card's own weights are not on this computer; empty when they are, or when none are needed.

    An engine on another Python has packages of its own; it says itself when they lack the weights.
    """
    if card.weights.kind != "package" or runs_elsewhere(engine_python) or weights_path(card) is not None:
        return ""
    return card.weights.how_to_get
