"""The registry: every model card, and where a card's weights lie on this machine. Knows no torch."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from ..common.files import inside
from ..common.known import Known, known, read_own
from ..common.resources import own_resources, resources
from .cards import ModelCard


def cards() -> list[ModelCard]:
    """Every packaged card and those that the user keeps for every study, the packaged ones first."""
    return list(known_cards().each.values())


def known_cards(*folders: Path) -> Known[ModelCard]:
    """The packaged cards, those in `folders`, and those that the user keeps for every study."""
    return known(ModelCard, packaged=resources("Models", ".yaml"), folders=(*folders, own_resources("models")))


def card(name: str) -> ModelCard:
    """The card of that name, packaged or the user's own, or a card file by its path (`.yaml`).

    Raises:
        UserError: NOT_FOUND naming the cards there are; UNREADABLE_FILE or BAD_CONFIG for a wrong card file.
    """
    if Path(name).suffix in {".yaml", ".yml"}:
        return read_own(Path(name), ModelCard)
    there = known_cards()
    if name not in there.each:
        raise no_card(name, there)
    return there.each[name]


def no_card(name: str, there: Known[ModelCard]) -> UserError:
    """For a name that no card has; where files were left out, the first of them may be the one that is meant."""
    left_out = f" {there.problems[0].what} {there.problems[0].why}" if there.problems else ""
    return UserError(
        ErrorCode.NOT_FOUND,
        what=f"There is no model named {name}.",
        why=f"The registry holds: {', '.join(there.each)}.{left_out}",
        next="Choose one of these names, or give the path of a card file.",
    )


def weights_path(model_card: ModelCard) -> Path | None:
    """File that holds the card's weights on this machine, or None when there is none.

    For weights inside a package this is the member of the installed package, found by the package's metadata
    without importing it, or what the card's environment variable names: the member, a folder that the wheel was
    unpacked into, or the wheel itself (`models.loading` reads the member out of it).

    Raises:
        UserError: NO_WEIGHTS when the environment variable is set but names nothing usable.
    """
    source = model_card.weights
    if source.kind != "package" or source.package is None or source.member is None:
        return None
    named = os.environ.get(source.environment) if source.environment else None
    if named:
        return _named(Path(named), source.member, variable=str(source.environment))
    try:
        distribution = metadata.distribution(source.package)
    except metadata.PackageNotFoundError:
        return None
    located = Path(str(distribution.locate_file(source.member)))
    return located if located.is_file() else None


def _named(path: Path, member: str, *, variable: str) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        unpacked = inside(path, member)
        if unpacked.is_file():
            return unpacked
    raise UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"{variable} names no weights.",
        why=f"{path} is neither a file nor a folder that holds {member}.",
        next=f"Set {variable} to the wheel, to a folder it was unpacked into, or remove the variable.",
    )
