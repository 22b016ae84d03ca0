"""Which file is which series, by name: patterns from YAML that a site can replace with its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..common.resources import resource
from ..common.yaml_config import load_yaml
from .roles import Role
from .volume_header import image_suffix


def _compiles(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return text


Expression = Annotated[str, AfterValidator(_compiles), Field(max_length=300)]


class SeriesPattern(BaseModel):
    """Names of one kind of series. A group `b` in `name` is the b-value."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    role: Role
    name: Expression
    calculated: bool | None = None


class MaskPattern(BaseModel):
    """Names of the segmentations for one task; `folder`, if given, must match the folder's path as well."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    task: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Expression
    folder: Expression | None = None


class NamePatterns(BaseModel):
    """Rules for files, read from `name_patterns.yaml`. Patterns ignore case and match a whole name.

    Attributes:
        series: the first that matches gives the role.
        masks: likewise for segmentations; looked at before `series`.
        prefixes: what may stand before a name in one file name; groups `patient` and `study` name the case.
        folders: paths whose folders name patient and exam; otherwise the file's own folder is the case.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    series: tuple[SeriesPattern, ...] = Field(min_length=1)
    masks: tuple[MaskPattern, ...] = ()
    prefixes: tuple[Expression, ...] = ()
    folders: tuple[Expression, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NamedKind:
    """What the matching pattern says: a series' role, or a segmentation's task."""

    role: Role = Role.OTHER
    calculated: bool | None = None
    b_value: float | None = None
    task: str | None = None


@dataclass(frozen=True, kw_only=True)
class NamedFile:
    """What a file's name and folder say.

    Attributes:
        folder: the folder of the case, relative to the scanned one; with `case` the key of the exam.
        case: case name; the folder's name, or patient and study from the file name.
        patient: patient key.
        stem: file name without suffix and prefix.
        kind: what it holds.
    """

    path: Path
    folder: Path
    case: str
    patient: str
    stem: str
    kind: NamedKind


def load_patterns(path: Path | None = None) -> NamePatterns:
    """The packaged patterns, or a site's own file.

    Raises:
        UserError: BAD_CONFIG naming line and key.
    """
    return load_yaml(path or resource("Recipes", "name_patterns.yaml"), NamePatterns)


def match(path: Path, root: Path, patterns: NamePatterns) -> NamedFile | None:
    """What `path` below `root` is called; None when no pattern knows the name."""
    suffix = image_suffix(path) or path.suffix
    stem = path.name[: len(path.name) - len(suffix)] if suffix else path.name
    folder = path.parent.relative_to(root)
    named = folder.name or root.name
    whole = _kind(stem, folder, patterns)
    if whole is not None:
        patient, case = _folder_names(folder, named, patterns)
        return NamedFile(path=path, folder=folder, case=case, patient=patient, stem=stem, kind=whole)
    for prefix in patterns.prefixes:
        found = re.match(prefix, stem, re.IGNORECASE)
        rest = _kind(stem[found.end() :], folder, patterns) if found else None
        if found and rest is not None:
            groups = found.groupdict()
            patient = groups.get("patient") or named
            case = "_".join(part for part in (patient, groups.get("study")) if part)
            return NamedFile(
                path=path, folder=folder, case=case, patient=patient, stem=stem[found.end() :], kind=rest
            )
    return None


def _kind(stem: str, folder: Path, patterns: NamePatterns) -> NamedKind | None:
    for mask in patterns.masks:
        in_folder = mask.folder is None or re.search(mask.folder, folder.as_posix(), re.IGNORECASE)
        if in_folder and re.fullmatch(mask.name, stem, re.IGNORECASE):
            return NamedKind(task=mask.task)
    for series in patterns.series:
        found = re.fullmatch(series.name, stem, re.IGNORECASE)
        if found:
            b_value = found.groupdict().get("b")
            return NamedKind(
                role=series.role, calculated=series.calculated, b_value=float(b_value) if b_value else None
            )
    return None


def _folder_names(folder: Path, named: str, patterns: NamePatterns) -> tuple[str, str]:
    for pattern in patterns.folders:
        found = re.search(f"(?:^|/)(?:{pattern})$", folder.as_posix(), re.IGNORECASE)
        if found and found.groupdict().get("patient"):
            patient = found["patient"]
            return patient, "_".join(part for part in (patient, found.groupdict().get("exam")) if part)
    return named, named
