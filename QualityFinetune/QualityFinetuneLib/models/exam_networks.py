"""Which network answers questions about a whole exam with the encoder of another network. Knows no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar, cast

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from .cards import ModelCard, Postprocessing
from .meta import ModelMeta

Described = TypeVar("Described", bound=ModelCard | ModelMeta)
Options = Mapping[str, bool | int | float | str]

_HEAD = ("hidden", "drop_path", "answer", "dropout")
_OF_ENCODER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profound_conv_classifier": ("size",),
        "profound_vit_classifier": ("size",),
        "segresnet_classifier": ("init_filters", "groups"),
    }
)
"""Options that describe the encoder, which both networks have in common."""
_BEGINNINGS = {"profound_conv": "profound_conv_classifier", "profound_vit": "profound_vit_classifier"} | {
    "segresnet": "segresnet_classifier"
}


def exam_network_of(
    architecture: str, options: Options, *, answer: str
) -> tuple[str, dict[str, bool | int | float | str]]:
    """Architecture and options of the network that gives one answer for an exam with the same encoder.

    Args:
        architecture: name of any network here, a segmentation network's or that of an exam's answer.
        options: that it is built with; those of the encoder are kept.
        answer: kind of answer, see `models.answers`.

    Raises:
        UserError: BAD_JOB for a network that has no such sibling.
    """
    sibling = next((name for start, name in _BEGINNINGS.items() if architecture.startswith(start)), None)
    if sibling is None:
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{architecture} cannot answer for a whole exam.",
            why="No network with its encoder has a head for one answer.",
            next=f"Choose a model of one of these kinds: {', '.join(_BEGINNINGS)}.",
        )
    kept = _OF_ENCODER[sibling] + (_HEAD if architecture == sibling else ())
    return sibling, {name: value for name, value in options.items() if name in kept} | {"answer": answer}


def for_exams(base: Described, task: Task) -> Described:
    """The same card or description for a network that answers `task` with the same encoder on the same grid.

    The exam is shown as one crop of the patch's extents about the centre of the T2w.

    Raises:
        UserError: see `exam_network_of`.
    """
    architecture, options = exam_network_of(base.architecture, base.options, answer=task.answer)
    changed = base.model_copy(
        update={
            "architecture": architecture,
            "options": options,
            "predicts": "classification",
            "whole_volume": True,
            "crop_margin_voxels": None,
            "postprocessing": Postprocessing(),
        }
    )
    return cast(Described, changed)
