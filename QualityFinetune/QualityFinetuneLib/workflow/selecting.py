"""Choose the cases to finetune on: exactly the asked mix of high and low quality, never from the test part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import Quality
from ..study.quality import strata
from ..study.records import Annotation, Part, Split
from ..study.study import Study
from .known_answers import KnownAnswer, known_answers

DEFAULT_SPLIT = "default"
DEFAULT_FRACTIONS: dict[Part, float] = {"train": 0.6, "validate": 0.2, "test": 0.2}


class Mix(BaseModel):
    """How many cases of each quality to train on; None takes none of that quality unless both are None.

    With both None every labelled case of the training part is used, whatever its quality.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    high: int | None = Field(default=None, ge=0)
    low: int | None = Field(default=None, ge=0)

    @property
    def everything(self) -> bool:
        """True when no number was asked for."""
        return self.high is None and self.low is None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Cases for one finetune, by id, with the mask or the answer of the task each is learned from."""

    train: tuple[int, ...]
    validate: tuple[int, ...]
    annotations: Mapping[int, Annotation]
    answers: Mapping[int, KnownAnswer]
    quality: Mapping[int, Quality | None]
    split: Split


def learnable(study: Study, task: Task) -> Mapping[int, Annotation] | Mapping[int, KnownAnswer]:
    """What each case can be learned from, by case id: its mask, or what is known about the whole exam."""
    return study.annotations.trainable(task.name) if task.segments else known_answers(study, task)


def ensure_split(study: Study, name: str = DEFAULT_SPLIT, *, seed: int = 0, task: Task | None = None) -> Split:
    """The split of that name; made now, by patient and evenly over quality, when the study has none of that name yet.

    Args:
        study: holds the cases.
        name: of the split.
        seed: used only when the split is made.
        task: split only the cases that can be learned from for it, so no part is left without labels.

    Raises:
        UserError: NOT_FOUND for an unknown name other than the default one.
    """
    existing = {split.name: split for split in study.splits.all()}
    if name in existing:
        return existing[name]
    if name != DEFAULT_SPLIT:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no split named {name}.",
            why=f"The study has: {', '.join(existing) or 'none yet'}.",
            next="Choose one of these, or leave the split out to use the default one.",
        )
    case_ids = (sorted(learnable(study, task)) if task else []) or [case.id for case in study.cases.all()]
    return study.splits.create(name, seed=seed, fractions=DEFAULT_FRACTIONS, case_ids=case_ids, strata=strata(study))


def select(
    study: Study, task: Task, *, mix: Mix, case_ids: Sequence[int] | None, split: Split, seed: int
) -> Selection:
    """Pick training and validation cases.

    Cases of one quality are shuffled once by `seed` and taken from the front, so a smaller mix is a part of a
    larger one: between runs only the number changes.

    Raises:
        UserError: NO_LABEL, TOO_FEW_CASES telling how many there are, or CONFLICT for a case kept for testing.
    """
    known = learnable(study, task)
    quality = strata(study)
    if case_ids is not None:
        train = _named(study, task, case_ids, known, split)
    else:
        pool = [case_id for case_id in split.part("train") if case_id in known]
        train = _mixed(study, task, pool, quality, mix, seed)
    taken = {study.cases.get(case_id).patient for case_id in train}
    validate = [
        case_id
        for case_id in split.part("validate")
        if case_id in known and study.cases.get(case_id).patient not in taken
    ]
    return Selection(
        train=tuple(train),
        validate=tuple(validate),
        annotations={case_id: one for case_id, one in known.items() if isinstance(one, Annotation)},
        answers={case_id: one for case_id, one in known.items() if isinstance(one, KnownAnswer)},
        quality={case_id: quality.get(case_id) for case_id in (*train, *validate)},
        split=split,
    )


def _named(study: Study, task: Task, case_ids: Sequence[int], known: Collection[int], split: Split) -> list[int]:
    wanted = list(dict.fromkeys(case_ids))
    kept = {study.cases.get(case_id).patient for case_id in split.part("test")}
    for case in (study.cases.get(case_id) for case_id in wanted):
        if case.patient in kept:
            raise UserError(
                ErrorCode.CONFLICT,
                what=f"{study.display_name(case)} cannot be trained on.",
                why=f"The split {split.name} keeps this patient for testing.",
                next="Leave the case out, or use another split.",
            )
        if case.id not in known:
            raise UserError(
                ErrorCode.NO_LABEL,
                what=f"{study.display_name(case)} cannot be trained on.",
                why=f"It has no accepted, corrected or imported mask for the task {task.title}."
                if task.segments
                else f"Its {task.title} is not known.",
                next="Draw or accept one in Review, or leave the case out."
                if task.segments
                else "Import its answer, or leave the case out.",
            )
    if not wanted:
        raise _too_few(task, "You named no case to train on.", "At least one is needed.")
    return wanted


def _mixed(
    study: Study, task: Task, pool: Sequence[int], quality: Mapping[int, Quality | None], mix: Mix, seed: int
) -> list[int]:
    if not pool:
        raise UserError(
            ErrorCode.NO_LABEL,
            what=f"There is nothing to train the task {task.title} on.",
            why="No case of the training part has an accepted, corrected or imported mask for it."
            if task.segments
            else "Of no case of the training part is it known.",
            next="Import masks, or draw or accept some in Review."
            if task.segments
            else "Import the known answers of your cases from a table.",
        )
    order = [pool[i] for i in np.random.default_rng(seed).permutation(len(pool))]
    if mix.everything:
        return sorted(order)
    groups = {level: [case_id for case_id in order if quality.get(case_id) == level] for level in ("high", "low")}
    asked = {"high": mix.high or 0, "low": mix.low or 0}
    if sum(asked.values()) == 0:
        raise _too_few(task, "You asked for no case to train on.", "At least one is needed.")
    if any(asked[level] > len(groups[level]) for level in asked):
        unrated = sum(quality.get(case_id) is None for case_id in pool)
        what = "a mask for" if task.segments else "a known"
        raise _too_few(
            task,
            f"You asked for {asked['high']} high- and {asked['low']} low-quality cases to train on.",
            f"With {what} {task.title} the training part has {len(groups['high'])} of high and "
            f"{len(groups['low'])} of low quality, and {unrated} not rated.",
        )
    return sorted(groups["high"][: asked["high"]] + groups["low"][: asked["low"]])


def _too_few(task: Task, what: str, why: str) -> UserError:
    return UserError(
        ErrorCode.TOO_FEW_CASES,
        what=what,
        why=why,
        next="Ask for fewer, rate more cases, or "
        + ("add masks in Review." if task.segments else "import more answers."),
    )
