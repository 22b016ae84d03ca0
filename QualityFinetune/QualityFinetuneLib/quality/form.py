"""A quality form from YAML, for any site: sections, items, scales, keys, source, and scores derived by rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from ..common.resources import resource, resources
from ..common.yaml_config import load_yaml
from .checks import Recommendation
from .consistency import problems_of
from .items import Item, Option, Section, Source
from .rule_trial import possible_values
from .scores import DerivedScore, Protocol

__all__ = ["Form", "Item", "Option", "Section", "Source", "load_form", "packaged_forms"]

FORM_SUFFIX = ".yaml"


class Form(BaseModel):
    """A form with everything that a reader sees and that its scores follow from.

    A form is refused when its rules contradict each other or leave a combination of answers without a score.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    version: str = Field(pattern=r"^\d+\.\d+(\.\d+)?$")
    """Version of this file; stored with each reading. Raise it with every change of wording or rules."""
    source: Source
    notice: str = ""
    """What a reader must be told before using it."""
    protocols: tuple[Protocol, ...] = Field(min_length=1)
    options: tuple[Option, ...] = ()
    sections: tuple[Section, ...] = Field(min_length=1)
    scores: tuple[DerivedScore, ...] = Field(min_length=1)
    recommendations: tuple[Recommendation, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Form:
        found = [InitErrorDetails(type=_error(one.message), loc=one.where, input=None) for one in problems_of(self)]
        if found:
            raise ValidationError.from_exception_data(self.name, found)
        return self

    def items(self, protocol: Protocol | None = None) -> Iterator[Item]:
        """Every item in the order of the form; only those that the protocol asks for when one is given."""
        for section in self.sections:
            if protocol is None or protocol in section.protocols:
                yield from section.items

    def item(self, item_id: str) -> Item:
        """The item with that id (KeyError if the form has none)."""
        return self.by_id[item_id]

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Every item by its id, in the order of the form."""
        return {item.id: item for item in self.items()}

    def scores_for(self, protocol: Protocol) -> tuple[DerivedScore, ...]:
        """The scores of that protocol, in the order in which they are derived."""
        return tuple(score for score in self.scores if protocol in score.protocols)

    def defaults(self) -> dict[str, bool]:
        """Every option with its default."""
        return {option.id: option.default for option in self.options}

    def possible_scores(self, protocol: Protocol) -> dict[str, tuple[int, ...]]:
        """For each score of the protocol, every value that it can take, in ascending order."""
        return self._possible[protocol]

    @cached_property
    def _possible(self) -> dict[Protocol, dict[str, tuple[int, ...]]]:
        return {protocol: possible_values(self, protocol) for protocol in self.protocols}

    @property
    def unverified(self) -> tuple[Item, ...]:
        """Items whose wording still has to be checked against the source."""
        return tuple(item for item in self.items() if not item.verified)

    @property
    def sha256(self) -> str:
        """Hash of its content: the same for the same form, however the YAML is laid out."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _error(message: str) -> PydanticCustomError:
    return PydanticCustomError("form", "{problem}", {"problem": message})


def load_form(name_or_path: str | Path) -> Form:
    """A packaged form by name (`pi-qual-v2`), or a YAML file of the site's own by path.

    Raises:
        UserError: NOT_FOUND naming the packaged forms; UNREADABLE_FILE or BAD_CONFIG naming file, line and key.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        return load_yaml(path, Form)
    return _packaged(resource("Forms", f"{name_or_path}{FORM_SUFFIX}"))


def packaged_forms() -> list[Form]:
    """Every form that ships with the module."""
    return [_packaged(path) for path in resources("Forms", FORM_SUFFIX)]


@lru_cache(maxsize=32)
def _packaged(path: Path) -> Form:
    # A packaged form never changes while the program runs, and each reading of a study asks for it again.
    return load_yaml(path, Form)
