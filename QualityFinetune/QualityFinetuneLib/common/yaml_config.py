"""YAML into pydantic models; a mistake is told by file, line, key and allowed values."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from .errors import ErrorCode, UserError
from .files import write_text

Model = TypeVar("Model", bound=BaseModel)

MOST_NODES = 20_000
"""Far above any form; far below what a file made to exhaust the memory expands to."""


def load_yaml(path: Path, model: type[Model]) -> Model:
    """Read `path` with the safe loader into `model`.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG, naming file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path} could not be read.",
            why=f"{error}.",
            next="Check that the file exists and is UTF-8 text.",
        ) from error
    return parse_yaml(text, model, source=str(path))


def parse_yaml(text: str, model: type[Model], *, source: str) -> Model:
    """The same from text; `source` is how messages call it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_keys(node, source)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise _bad(source, f"It is not valid YAML{line}: {getattr(error, 'problem', error)}.") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_describe(item, node) for item in error.errors())
        raise _bad(source, problems + ".") from error


def save_yaml(path: Path, data: BaseModel) -> None:
    """Write a pydantic model as YAML, completely or not at all."""
    write_text(path, yaml.safe_dump(data.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def _bad(source: str, why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_CONFIG,
        what=f"{source} cannot be used.",
        why=why[0].upper() + why[1:],
        next="Correct the named lines and try again.",
    )


def _check_keys(node: yaml.Node | None, source: str) -> None:
    """Refuse what YAML itself lets through.

    Of two equal keys the last would win in silence, which in a form loses an item. Aliases may be used, but a
    small file must not expand without end.
    """
    pending: list[yaml.Node | None] = [node]
    visited = 0
    while pending:
        current = pending.pop()
        visited += 1
        if visited > MOST_NODES:
            raise _bad(source, f"Its aliases expand to more than {MOST_NODES} values.")
        if isinstance(current, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in current.value:
                line = key.start_mark.line + 1
                if key.value in lines and key.value != "<<":
                    raise _bad(source, f"Line {line} repeats the key {key.value} of line {lines[key.value]}.")
                lines[str(key.value)] = line
                pending.append(value)
        elif isinstance(current, yaml.SequenceNode):
            pending.extend(current.value)


def _describe(item: Any, node: yaml.Node | None) -> str:
    keys = [part for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    name = ".".join(str(part) for part in keys) or "the file"
    line = _line_of(node, keys)
    where = f"line {line}, {name}" if line else name
    given = item.get("input")
    shown = f" (got {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{where}: {item['msg']}{shown}"


def _line_of(node: yaml.Node | None, keys: list[Any]) -> int | None:
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            child = node.value[key]
        else:
            child = None
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node is not None else None
