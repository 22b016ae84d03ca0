"""A recipe: which degradations a case gets, in which order, from which seed. YAML in, YAML kept with the case."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ...common.resources import resource, resources
from ...common.yaml_config import load_yaml
from .kinds import KINDS, Step
from .severity import Severity

FOLDER = "Recipes/degradations"


class Recipe(BaseModel):
    """Steps that are done one after another, as faults of one acquisition."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")
    name: str = Field(default="unnamed", pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,60}$")
    title: str = ""
    steps: tuple[Step, ...] = Field(min_length=1, max_length=32)
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Of everything random; the same recipe and images give the same voxels."""

    @property
    def is_identity(self) -> bool:
        """Whether no step changes anything."""
        return all(step.is_identity for step in self.steps)


def single(kind: str, severity: Severity, *, seed: int = 0) -> Recipe:
    """A recipe of one degradation at one severity, as studies of grades need it.

    Raises:
        KeyError: when no degradation has that name; see `kinds.KINDS`.
    """
    step = KINDS[kind].model_validate({"severity": severity})
    return Recipe.model_validate({"name": f"{kind}-{severity:g}", "steps": [step.model_dump()], "seed": seed})


def load_degradations(path: Path) -> Recipe:
    """A recipe of a site's own.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG, naming file, line and key.
    """
    return load_yaml(path, Recipe)


def packaged(name: str) -> Recipe:
    """One of the recipes that come with the software: mild, moderate, severe, or one of `packaged_names()`.

    Raises:
        UserError: NOT_FOUND naming what there is instead.
    """
    return load_yaml(resource(FOLDER, f"{name}.yaml"), Recipe)


def packaged_names() -> list[str]:
    """The names that `packaged` knows."""
    return [path.stem for path in resources(FOLDER, ".yaml")]
