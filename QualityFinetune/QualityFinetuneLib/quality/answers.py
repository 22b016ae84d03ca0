"""The answers of a reader held against the form: known items, right kinds, allowed values."""

from __future__ import annotations

from collections.abc import Mapping

from ..common.errors import ErrorCode, UserError
from .conditions import Value, same
from .form import Form, Item
from .scores import Protocol


def answers_of(form: Form, values: Mapping[str, object], *, protocol: Protocol) -> dict[str, Value]:
    """The given answers in the order of the form, without the unanswered items and those the protocol does not ask.

    Raises:
        UserError: BAD_READING naming the item and what it allows, or the protocols that the form has.
    """
    if protocol not in form.protocols:
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"The form {form.title} cannot be used for {protocol}.",
            why=f"It is made for {' and '.join(form.protocols)} only.",
            next="Choose another protocol or another form in the study's settings.",
        )
    known = form.by_id
    unknown = [name for name in values if name not in known]
    if unknown:
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"The form {form.title} has no item named {unknown[0]}.",
            why=f"Its items are: {', '.join(known)}.",
            next="Check that the reading was made with this form and this version of it.",
        )
    given = {name: _allowed(known[name], value) for name, value in values.items() if value is not None}
    return {item.id: given[item.id] for item in form.items(protocol) if item.id in given}


def _allowed(item: Item, value: object) -> Value:
    if isinstance(value, bool | int) and any(same(value, allowed) for allowed in item.allowed):
        return value
    listed = "true or false" if item.kind == "bool" else ", ".join(str(allowed) for allowed in item.allowed)
    raise UserError(
        ErrorCode.BAD_READING,
        what=f"{value!r} is no answer to the item {item.id} ({item.label}).",
        why=f"This item allows {listed}.",
        next="Choose one of these, or leave the item unanswered.",
    )
