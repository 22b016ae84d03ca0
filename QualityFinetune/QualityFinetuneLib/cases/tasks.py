"""A task: what is learned, from YAML. Either the labels of a mask, or an answer about the whole exam."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..common.errors import ErrorCode, UserError
from ..common.known import Known, Named, Title, known, read_own
from ..common.resources import own_resources, resources
from .roles import Role

AnswerKind = Literal["segmentation", "classes", "grades", "labels", "values"]
"""`segmentation`: a mask. The rest is about the whole exam: one of several classes, one of several ordered grades,
several labels that may hold together, or numbers with a unit."""

Loss = Literal["dice_ce", "cross_entropy", "cumulative_link", "binary_cross_entropy", "mean_squared_error"]
Metric = Literal["dice", "accuracy", "quadratic_kappa", "macro_auc", "mean_absolute_error", "r2"]

LOSSES: dict[AnswerKind, Loss] = {
    "segmentation": "dice_ce",
    "classes": "cross_entropy",
    "grades": "cumulative_link",
    "labels": "binary_cross_entropy",
    "values": "mean_squared_error",
}
"""The loss that each kind of answer is learned by."""

METRICS: dict[AnswerKind, tuple[Metric, ...]] = {
    "segmentation": ("dice",),
    "classes": ("accuracy", "macro_auc"),
    "grades": ("quadratic_kappa", "accuracy", "mean_absolute_error"),
    "labels": ("macro_auc", "accuracy"),
    "values": ("mean_absolute_error", "r2"),
}
"""What the best epoch of each kind may be chosen by; the first is the default."""

# Slicer joins the parts of a code by these three signs.
_CodeText = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f~^|]*$")]
_Shade = Annotated[int, Field(ge=0, le=255)]


class Code(BaseModel):
    """A coded concept, e.g. scheme SCT, value 41216001, meaning Prostate."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scheme: _CodeText
    value: _CodeText
    meaning: _CodeText


class Label(BaseModel):
    """One structure of a mask.

    `value` is its voxel value; `color` is red, green, blue in 0-255.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: int = Field(ge=1, le=255)
    name: Title
    short: Title
    color: tuple[_Shade, _Shade, _Shade]
    category: Code
    type: Code
    type_modifier: Code | None = None


class Choice(BaseModel):
    """One class, grade or label that an exam may have.

    Attributes:
        value: the number that tables and records hold, e.g. 4 for PI-RADS 4.
        name: what readers call it.
        short: for tables; None takes the value as text.
        also: further spellings that tables may have, e.g. `yes`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: int
    name: Title
    short: Title | None = None
    also: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """`short`, or the value as text."""
        return self.short or str(self.value)


class Quantity(BaseModel):
    """One number about an exam; what lies outside `lowest` to `highest` is refused as implausible."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Title
    short: Title
    unit: str
    lowest: float = Field(allow_inf_nan=False)
    highest: float = Field(allow_inf_nan=False)

    @field_validator("highest")
    @classmethod
    def _above_lowest(cls, highest: float, info: ValidationInfo) -> float:
        if highest <= info.data.get("lowest", float("-inf")):
            raise _wrong("highest must be larger than lowest")
        return highest


class Task(Named):
    """What a run learns.

    Attributes:
        roles: the inputs that the task can use, in channel order.
        needs: those of `roles` without which an exam is refused; any other that is lacking is a channel of zeros.
        answer: kind of answer; decides which of `labels`, `choices` and `values` is needed.
        labels: structures of a mask, for `segmentation`.
        choices: for `classes`, `grades` (from lowest to highest) and `labels` (which may hold together).
        values: for `values`.
        volume_of: name of a segmentation task whose mask's volume in ml stands in for a value that nobody gave.
        loss: the one of the kind of answer, see `LOSSES`.
        metric: what the best epoch is chosen by, see `METRICS`.
        sided: True where left and right mean different things, so that no exam is shown mirrored.
        largest_component: keep only the largest part of a mask.
        smallest_component_ml: parts of a predicted mask below this volume become background.
    """

    # `answer` comes before what depends on it: a field's validator sees the fields before it.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
    title: Title
    roles: tuple[Role, ...] = Field(min_length=1)
    needs: tuple[Role, ...] = (Role.T2W,)
    answer: AnswerKind = "segmentation"
    labels: tuple[Label, ...] = ()
    choices: tuple[Choice, ...] = ()
    values: tuple[Quantity, ...] = ()
    volume_of: str | None = None
    loss: Loss = "dice_ce"
    metric: Metric = "dice"
    sided: bool = False
    largest_component: bool = False
    smallest_component_ml: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @field_validator("needs")
    @classmethod
    def _among_roles(cls, needs: tuple[Role, ...], info: ValidationInfo) -> tuple[Role, ...]:
        strangers = [role.value for role in needs if role not in (Role.T2W, *info.data.get("roles", needs))]
        if strangers:
            raise _wrong(f"needs may only name what roles names, not {strangers[0]}")
        return needs

    @property
    def segments(self) -> bool:
        """True where the answer is a mask, False where it is about the whole exam."""
        return self.answer == "segmentation"

    @property
    def outputs(self) -> int:
        """How many labels, classes, grades or values there are."""
        return len(self.labels) + len(self.choices) + len(self.values)

    @model_validator(mode="before")
    @classmethod
    def _usual_loss_and_metric(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        kind = given.get("answer", "segmentation")
        if kind not in LOSSES:
            return given
        return {"loss": LOSSES[kind], "metric": METRICS[kind][0]} | given

    @field_validator("labels")
    @classmethod
    def _labels_of_a_mask(cls, labels: tuple[Label, ...], info: ValidationInfo) -> tuple[Label, ...]:
        _needed(labels, info, key="labels", kinds=("segmentation",), least=1)
        if [label.value for label in labels] != list(range(1, len(labels) + 1)):
            raise _wrong("label values must count 1, 2, 3 ... in order")
        _all_differ([label.name.casefold() for label in labels], "name")
        _all_differ([label.short.casefold() for label in labels], "short name")
        return labels

    @field_validator("choices")
    @classmethod
    def _choices_differ(cls, choices: tuple[Choice, ...], info: ValidationInfo) -> tuple[Choice, ...]:
        kind = info.data.get("answer")
        _needed(
            choices, info, key="choices", kinds=("classes", "grades", "labels"), least=1 if kind == "labels" else 2
        )
        numbers = [choice.value for choice in choices]
        if kind == "grades" and numbers != sorted(numbers):
            raise _wrong("grades must be listed from the lowest value to the highest")
        _all_differ([str(number) for number in numbers], "value")
        _all_differ([spelling for choice in choices for spelling in _spellings(choice)], "name or spelling")
        return choices

    @field_validator("values")
    @classmethod
    def _values_differ(cls, values: tuple[Quantity, ...], info: ValidationInfo) -> tuple[Quantity, ...]:
        _needed(values, info, key="values", kinds=("values",), least=1)
        _all_differ([value.short for value in values], "short name")
        return values

    @field_validator("volume_of")
    @classmethod
    def _one_volume_in_ml(cls, volume_of: str | None, info: ValidationInfo) -> str | None:
        units = [value.unit for value in info.data.get("values", ())]
        if volume_of is not None and units != ["ml"]:
            raise _wrong("volume_of needs a task with exactly one value, in ml")
        return volume_of

    @field_validator("loss")
    @classmethod
    def _loss_of_the_kind(cls, loss: Loss, info: ValidationInfo) -> Loss:
        kind: AnswerKind | None = info.data.get("answer")
        if kind is not None and loss != LOSSES[kind]:
            raise _wrong(f"answer: {kind} is learned by {LOSSES[kind]}")
        return loss

    @field_validator("metric")
    @classmethod
    def _metric_of_the_kind(cls, metric: Metric, info: ValidationInfo) -> Metric:
        kind: AnswerKind | None = info.data.get("answer")
        if kind is not None and metric not in METRICS[kind]:
            raise _wrong(f"answer: {kind} is judged by one of {', '.join(METRICS[kind])}")
        return metric


def load_task(name_or_path: str | Path) -> Task:
    """A packaged task or one of the user's own by name (`gland`), or a YAML file by path.

    Raises:
        UserError: NOT_FOUND naming the tasks there are; UNREADABLE_FILE or BAD_CONFIG for a wrong file.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        return read_own(path, Task)
    there = known_tasks()
    if str(name_or_path) not in there.each:
        raise no_task(str(name_or_path), there)
    return there.each[str(name_or_path)]


def known_tasks(*folders: Path) -> Known[Task]:
    """The packaged tasks, those in `folders`, and those that the user keeps for every study."""
    return known(Task, packaged=resources("Tasks", ".yaml"), folders=(*folders, own_resources("tasks")))


def packaged_tasks() -> list[Task]:
    """Every task that ships with the module."""
    return list(known(Task, packaged=resources("Tasks", ".yaml"), folders=()).each.values())


def no_task(name: str, there: Known[Task]) -> UserError:
    """For a name that no task has; where files were left out, the first of them may be the one that is meant."""
    left_out = f" {there.problems[0].what} {there.problems[0].why}" if there.problems else ""
    return UserError(
        ErrorCode.NOT_FOUND,
        what=f"There is no task named {name}.",
        why=f"The tasks are: {', '.join(sorted(there.each))}.{left_out}",
        next="Choose one of these, or give the path of a task file.",
    )


def _spellings(choice: Choice) -> set[str]:
    return {text.casefold() for text in (choice.name, choice.brief, *choice.also)}


def _needed(given: Sequence[object], info: ValidationInfo, *, key: str, kinds: tuple[str, ...], least: int) -> None:
    kind = info.data.get("answer")
    if kind in kinds and len(given) < least:
        raise _wrong(f"answer: {kind} needs {'at least two ' if least > 1 else ''}{key}")
    if kind is not None and kind not in kinds and given:
        raise _wrong(f"answer: {kind} has no {key}; they belong to {' or '.join(kinds)}")


def _all_differ(texts: Sequence[str], what: str) -> None:
    for text in texts:
        if texts.count(text) > 1:
            raise _wrong(f"two of them have the {what} {text}")


def _wrong(why: str) -> PydanticCustomError:
    # Braces in a user's text must not be taken for placeholders.
    return PydanticCustomError("task", "{why}", {"why": why})
