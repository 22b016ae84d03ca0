"""Model cards of a study: the packaged ones, and a site's own as YAML in the study's folder or the user's."""

from __future__ import annotations

from pathlib import Path

from ..common.known import Known, adopt
from ..models.cards import ModelCard
from ..models.registry import card, known_cards, no_card
from ..study.study import Study


def cards_of(study: Study | None) -> Known[ModelCard]:
    """Every card that can be chosen, and what is wrong with files that cannot; without a study those of the user."""
    return known_cards(*([study.paths.models] if study is not None else []))


def card_of(study: Study, name_or_path: str) -> ModelCard:
    """The card of that name, or in that YAML file.

    Raises:
        UserError: NOT_FOUND naming the cards there are; UNREADABLE_FILE or BAD_CONFIG for a wrong file.
    """
    if Path(name_or_path).suffix in {".yaml", ".yml"}:
        return card(name_or_path)
    there = cards_of(study)
    if name_or_path not in there.each:
        raise no_card(name_or_path, there)
    return there.each[name_or_path]


def card_to_use(study: Study, name_or_path: str) -> tuple[ModelCard, str]:
    """The card, and what a job calls it; one from elsewhere is copied into the study, so that its name stays known.

    Returns:
        The card; its name where it comes with the module, else the path of the copy, which an engine can read that
        knows no study.

    Raises:
        UserError: as `card_of`; CONFLICT for a file that redefines a known name.
    """
    found = card_of(study, name_or_path)
    there = cards_of(study)
    kept = adopt(found, there, folder=study.paths.models, source=Path(name_or_path))
    return found, found.name if found.name in there.packaged else str(kept)
