"""A task: what is learned. Labels with their colours and terminology, input roles, loss and metric, from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..common.resources import resource, resources
from ..common.yaml_config import load_yaml
from .roles import Role


class Code(BaseModel):
    """A coded concept, e.g. scheme SCT, value 41216001, meaning Prostate."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scheme: str
    value: str
    meaning: str


class Label(BaseModel):
    """One structure of a mask.

    `value` is its voxel value; `color` is red, green, blue in 0-255.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: int = Field(ge=1, le=255)
    name: str
    short: str
    color: tuple[int, int, int]
    category: Code
    type: Code
    type_modifier: Code | None = None


class Task(BaseModel):
    """What a run learns. `roles` are the inputs that the task can use, in channel order."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    roles: tuple[Role, ...] = Field(min_length=1)
    labels: tuple[Label, ...] = Field(min_length=1)
    loss: Literal["dice_ce"] = "dice_ce"
    metric: Literal["dice"] = "dice"
    largest_component: bool = False

    @model_validator(mode="after")
    def _labels_differ(self) -> Task:
        values = [label.value for label in self.labels]
        if values != list(range(1, len(values) + 1)):
            raise ValueError("label values must count 1, 2, 3 ... in order")
        return self


def load_task(name_or_path: str | Path) -> Task:
    """A packaged task by name (`gland`), or a YAML file of the site's own by path."""
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        return load_yaml(path, Task)
    return load_yaml(resource("Tasks", f"{name_or_path}.yaml"), Task)


def packaged_tasks() -> list[Task]:
    """Every task that ships with the module."""
    return [load_yaml(path, Task) for path in resources("Tasks", ".yaml")]
