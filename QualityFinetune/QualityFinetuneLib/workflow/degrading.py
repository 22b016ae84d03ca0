"""Degrade exams of a study or a folder by a recipe into a folder that can be imported, always marked simulated."""

from __future__ import annotations

from pathlib import Path

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..quality.degradations import (
    KINDS,
    CaseImage,
    DegradedCase,
    Recipe,
    degrade_case,
    load_degradations,
    packaged,
    single,
    write_case,
)
from .exams import Exam


def recipe_of(
    name: str | Path | None = None, *, kind: str | None = None, severity: float | None = None, seed: int | None = None
) -> Recipe:
    """A packaged recipe by name, a site's own YAML file, or one degradation at one severity.

    Args:
        name: of a packaged recipe, or the path of a YAML file.
        kind: of a single degradation, with its `severity` from 0 to 1.
        seed: replaces the recipe's own.

    Raises:
        UserError: BAD_CONFIG when both or neither are given, or the severity is out of range; NOT_FOUND for a name
            that is neither recipe nor degradation.
    """
    if (name is None) == (kind is None):
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="Nothing was degraded.",
            why="A recipe or one kind of degradation is needed, and not both.",
            next="Give --recipe moderate, or --kind motion --severity 0.5.",
        )
    if name is not None:
        recipe = load_degradations(Path(name)) if Path(name).suffix in (".yaml", ".yml") else packaged(str(name))
        return recipe if seed is None else recipe.model_copy(update={"seed": seed})
    if kind not in KINDS:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no degradation {kind}.",
            why=f"These are known: {', '.join(KINDS)}.",
            next="Name one of them.",
        )
    if severity is None or not 0.0 <= severity <= 1.0:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"{kind} was not simulated.",
            why="Its severity is missing or not between 0 and 1.",
            next="Give --severity, from 0 (unchanged) to 1 (worst).",
        )
    return single(kind, severity, seed=seed or 0)


def degrade_exam(exam: Exam, recipe: Recipe, *, name: str | None = None) -> DegradedCase:
    """The exam after the recipe; series of no known role are left out.

    Raises:
        UserError: as reading its files and `degrade_case` do.
    """
    return degrade_case(
        images_of(exam),
        recipe,
        gland=exam.gland(),
        name=name or exam.name,
        patient=exam.patient,
        source_simulated=exam.simulated,
    )


def images_of(exam: Exam) -> list[CaseImage]:
    """The exam's volumes as degradations see them.

    Raises:
        UserError: as reading its files does.
    """
    return [
        CaseImage(
            role=one.role,
            image=one.read(),
            b_value=one.b_value,
            calculated=one.calculated,
            time_index=one.time_index,
            headers=one.headers,
        )
        for one in exam.series
        if one.role is not Role.OTHER
    ]


def degrade_into(exam: Exam, recipe: Recipe, folder: Path) -> Path:
    """Write `<folder>/Simulated <case> <recipe>/` with images, masks and the recipe as simulated.yaml.

    Raises:
        UserError: CONFLICT when that folder is there already; DISK_FULL; as `degrade_exam`.
    """
    case = degrade_exam(exam, recipe, name=f"{exam.name} {recipe.name}")
    return write_case(case, folder, masks=exam.masks)
