"""The conditions that a form's rules are made of: comparisons joined by all and any. Data, never code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = bool | int
"""What an item is answered with and what a score is."""

_OPERATORS = ("equals", "one_of", "at_least", "at_most")


class Condition(BaseModel):
    """One comparison, or several joined by `all` or `any`.

    In YAML a comparison is `{of: t2w, at_least: 3}`; its operator is one of `equals`, `one_of`, `at_least` and
    `at_most`. Joined: `{all: [{of: t2w, equals: 4}, {any: [...]}]}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    of: str | None = None
    """Id of an item, of an option, or of a score derived earlier in the form."""
    equals: Value | None = None
    one_of: tuple[Value, ...] | None = Field(default=None, min_length=1)
    at_least: int | None = None
    at_most: int | None = None
    all: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    any: tuple[Condition, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Condition:
        operators = [name for name in _OPERATORS if getattr(self, name) is not None]
        shapes = [name for name in ("of", "all", "any") if getattr(self, name) is not None]
        if len(shapes) != 1:
            raise ValueError("a condition is one comparison (of), or one list named all, or one named any")
        if self.of is not None and len(operators) != 1:
            raise ValueError(f"a comparison has exactly one of {', '.join(_OPERATORS)}")
        if self.of is None and operators:
            raise ValueError(f"{operators[0]} needs to say what it compares: add of")
        return self

    def comparisons(self) -> Iterator[Condition]:
        """Every comparison in it, depth first."""
        if self.of is not None:
            yield self
        for part in (self.all or ()) + (self.any or ()):
            yield from part.comparisons()

    def compared_values(self) -> tuple[Value, ...]:
        """The values that this comparison names; empty for a joined condition."""
        if self.one_of is not None:
            return self.one_of
        return tuple(value for value in (self.equals, self.at_least, self.at_most) if value is not None)

    def holds(self, known: Mapping[str, Value]) -> bool:
        """Whether it is true for the known values; every name in it must be among them."""
        if self.all is not None:
            return all(part.holds(known) for part in self.all)
        if self.any is not None:
            return any(part.holds(known) for part in self.any)
        assert self.of is not None  # held by the validator
        value = known[self.of]
        if self.equals is not None:
            return same(value, self.equals)
        if self.at_least is not None:
            return value >= self.at_least
        if self.at_most is not None:
            return value <= self.at_most
        return any(same(value, wanted) for wanted in self.one_of or ())


def same(one: Value, other: Value) -> bool:
    """Equal and of the same kind: in a form, yes is not the number 1."""
    return isinstance(one, bool) is isinstance(other, bool) and one == other
