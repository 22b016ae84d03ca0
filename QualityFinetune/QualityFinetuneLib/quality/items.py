"""What a form is made of: its source, options, and sections of items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .checks import TechnicalCheck
from .conditions import Value
from .keys import KEY_PATTERN
from .scores import ID_PATTERN, PROTOCOLS, Evidence, Part, Protocol


class Source(BaseModel):
    """Where a form comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    citation: str
    doi: str | None = Field(default=None, pattern=r"^10\.\S+$")


class Option(BaseModel):
    """A switch of the form that a study may set, e.g. a rule that is not part of the published table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID_PATTERN)
    label: str
    help: str = ""
    default: bool = False
    unofficial: bool = False
    evidence: Evidence | None = None


class Item(BaseModel):
    """One question of a form.

    `kind` is `bool` (yes or no), `choice` (the values named in `labels`) or `scale` (whole numbers from `minimum`
    to `maximum`). `verified` says whether the wording was read in the primary source; see `evidence`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID_PATTERN)
    section: str = ""
    """Filled in from the section that the item stands in."""
    part: Part
    label: str = Field(min_length=1)
    help: str = ""
    kind: Literal["bool", "choice", "scale"] = "bool"
    labels: Mapping[int, str] = Field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    required: bool = True
    key: str | None = Field(default=None, pattern=KEY_PATTERN)
    verified: bool = False
    evidence: Evidence | None = None
    check: TechnicalCheck | None = None
    """How the answer can be read from the headers; technical yes-or-no items only."""

    @model_validator(mode="after")
    def _is_coherent(self) -> Item:
        if self.kind == "choice" and len(self.labels) < 2:
            raise ValueError("a choice needs labels for at least two values")
        if self.kind == "scale":
            if self.minimum is None or self.maximum is None or self.minimum >= self.maximum:
                raise ValueError("a scale needs a minimum and a larger maximum")
            if not set(self.labels) <= set(range(self.minimum, self.maximum + 1)):
                raise ValueError(f"labels must lie within {self.minimum} to {self.maximum}")
        elif self.minimum is not None or self.maximum is not None:
            raise ValueError("minimum and maximum belong to a scale")
        if self.kind == "bool" and self.labels:
            raise ValueError("a yes-or-no item has no labels")
        if self.evidence is not None and self.verified is not (self.evidence == "V"):
            raise ValueError("verified is true exactly when evidence is V")
        if self.check is not None and (self.part != "technical" or self.kind != "bool"):
            raise ValueError("a check belongs to a technical yes-or-no item")
        return self

    @property
    def allowed(self) -> tuple[Value, ...]:
        """Every value that answers it."""
        if self.kind == "bool":
            return (False, True)
        if self.kind == "choice":
            return tuple(sorted(self.labels))
        assert self.minimum is not None and self.maximum is not None  # held by the validator
        return tuple(range(self.minimum, self.maximum + 1))

    def shown(self, value: Value) -> str:
        """The value as a reader sees it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value} ({self.labels[value]})" if value in self.labels else str(value)


class Section(BaseModel):
    """The items about one sequence, or about the exam as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID_PATTERN)
    title: str
    help: str = ""
    protocols: tuple[Protocol, ...] = PROTOCOLS
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _tell_items_their_section(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("items"), list | tuple):
            return data  # what is wrong with it is told by the fields
        named = [{"section": data.get("id"), **item} if isinstance(item, Mapping) else item for item in data["items"]]
        return {**data, "items": named}

    def of_part(self, part: Part) -> tuple[Item, ...]:
        """Its technical or its visual items."""
        return tuple(item for item in self.items if item.part == part)
