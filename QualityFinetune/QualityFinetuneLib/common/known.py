"""What is known by name: the files that come with the module, and a site's own; a wrong one is told and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

from .errors import ErrorCode, UserError
from .yaml_config import load_yaml, save_yaml

MOST_BYTES = 200_000
"""Far above any task or card that somebody writes."""
MOST_FILES = 200
"""Of one folder; a folder with more was not meant to be read."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""Small letters, digits and `_`: a name is also the name of a file."""
Title = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line for people."""


class Named(BaseModel):
    """Something that is kept as a YAML file and referred to by its name."""

    name: Name


AnyNamed = TypeVar("AnyNamed", bound=Named)


@dataclass(frozen=True, kw_only=True)
class Known(Generic[AnyNamed]):
    """Everything of one kind that can be referred to by name.

    Attributes:
        each: by name; the packaged ones first.
        files: where each comes from.
        packaged: names of those that come with the module.
        problems: one for each file that was left out.
    """

    each: Mapping[str, AnyNamed]
    files: Mapping[str, Path]
    packaged: frozenset[str]
    problems: tuple[UserError, ...]

    @property
    def own(self) -> list[AnyNamed]:
        """Those that do not come with the module."""
        return [one for name, one in self.each.items() if name not in self.packaged]


def known(model: type[AnyNamed], *, packaged: Sequence[Path], folders: Sequence[Path]) -> Known[AnyNamed]:
    """Read the packaged files and those in `folders`; of two with one name the first counts.

    Args:
        model: what each file holds.
        packaged: files that come with the module; a wrong one of them is an error.
        folders: a site's own, the more important first; need not exist.
    """
    each = {}
    files = {}
    for path in packaged:
        one = read_own(path, model)
        each[one.name], files[one.name] = one, path
    shipped = frozenset(each)
    problems: list[UserError] = []
    for path in (path for folder in folders for path in _files(folder)):
        try:
            one = read_own(path, model)
        except UserError as error:
            problems.append(error)
            continue
        if one.name not in each:
            each[one.name], files[one.name] = one, path
        elif each[one.name] != one:
            problems.append(_taken(path, one.name, files[one.name], shipped=one.name in shipped))
    return Known(each=each, files=files, packaged=shipped, problems=tuple(problems))


def read_own(path: Path, model: type[AnyNamed]) -> AnyNamed:
    """One file; read again only when it has changed.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG, naming file, line and key.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path, f"{error.strerror or error}.") from error
    if stat.st_size > MOST_BYTES:
        raise _unreadable(path, f"It is larger than {MOST_BYTES // 1000} kB, and such a file has a few lines.")
    return _read(path, model, stat.st_mtime_ns, stat.st_size)  # type: ignore[return-value]


def adopt(one: AnyNamed, among: Known[AnyNamed], *, folder: Path, source: Path | None = None) -> Path:
    """The file by which a study knows `one` for good: a packaged one, or a copy in the study's own `folder`.

    Args:
        one: what is about to be used.
        among: what the study knows already.
        folder: of the study; written to where there is no copy yet.
        source: file that `one` was read from, for a message.

    Raises:
        UserError: CONFLICT when its name already means something else.
    """
    other = among.each.get(one.name)
    if other is not None and other != one:
        raise _taken(
            source or folder / f"{one.name}.yaml", one.name, among.files[one.name], shipped=one.name in among.packaged
        )
    if other is not None and (one.name in among.packaged or among.files[one.name].parent == folder):
        return among.files[one.name]
    kept = folder / f"{one.name}.yaml"
    if kept.exists():  # a file that could not be read, or that holds another name
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"{(source or kept).name} cannot be used.",
            why=f"The study's folder {folder.name} already has a file {kept.name} that holds something else.",
            next="Correct that file, or take it out of the folder.",
        )
    save_yaml(kept, one)
    return kept


@lru_cache(maxsize=512)
def _read(path: Path, model: type[Named], _changed_ns: int, _size: int) -> Named:
    return load_yaml(path, model)


def _files(folder: Path) -> list[Path]:
    # Names that begin with a dot are what other programs leave beside a file.
    found = [path for path in folder.glob("*") if path.suffix in {".yaml", ".yml"} and not path.name.startswith(".")]
    return sorted(path for path in found[:MOST_FILES] if path.is_file())


def _taken(path: Path, name: str, other: Path, *, shipped: bool) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what=f"{path.name} cannot be used.",
        why=f"It is called {name}, and this name belongs to another one that "
        + ("comes with the module." if shipped else f"is known already, from {other.name} in {other.parent.name}."),
        next="Give it another name.",
    )


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(
        ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} could not be read.",
        why=why,
        next="Check the file, or take it out of its folder.",
    )
