"""The registry: every model card, and where a card's weights lie on this machine. Knows no torch."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from ..common.files import inside
from ..common.resources import resource, resources
from ..common.yaml_config import load_yaml
from .cards import ModelCard


def cards() -> list[ModelCard]:
    """Every packaged card, sorted by name."""
    return [load_yaml(path, ModelCard) for path in resources("Models", ".yaml")]


def card(name: str) -> ModelCard:
    """The packaged card of that name, or a card file of the site's own by its path (`.yaml`).

    Raises:
        UserError: NOT_FOUND naming the cards there are; UNREADABLE_FILE or BAD_CONFIG for a wrong card file.
    """
    if Path(name).suffix in {".yaml", ".yml"}:
        return load_yaml(Path(name), ModelCard)
    try:
        path = resource("Models", f"{name}.yaml")
    except UserError as error:
        known = ", ".join(path.stem for path in resources("Models", ".yaml"))
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no model named {name}.",
            why=f"The registry holds: {known}.",
            next="Choose one of these names.",
        ) from error
    return load_yaml(path, ModelCard)


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
