"""Which cases a finetune can draw from, by quality, and what a chosen mix means. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from ...cases.answers import words
from ...cases.tasks import Task
from ...common.errors import UserError
from ...study.quality import strata
from ...study.study import Study
from ...workflow.known_answers import KnownAnswer, known_answers
from ...workflow.selecting import DEFAULT_SPLIT, ensure_split, learnable
from ..i18n import tr as _
from ..study.case_rows import latest_split
from ..words import annotation_words, part_words, quality_words


@dataclass(frozen=True, kw_only=True)
class PoolCase:
    """One case of the study as a finetune of a task sees it.

    Attributes:
        outline: its outline, or what is known of it where the task asks about the whole exam.
        asked: True for such a task.
    """

    case_id: int
    label: str
    stratum: str | None
    outline: str
    usable: bool
    part: str | None
    asked: bool = False


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Every case of the study for one task, and the split that says what each is for.

    Attributes:
        problem: why nothing can be drawn from it, None when something can.
    """

    cases: tuple[PoolCase, ...]
    split: str
    problem: UserError | None = None

    def trainable(self, stratum: str | None) -> int:
        """How many cases of that quality can be trained on."""
        return sum(self._may_train(case) and case.stratum == stratum for case in self.cases)

    @property
    def all_trainable(self) -> int:
        """How many cases can be trained on, whatever their quality."""
        return sum(self._may_train(case) for case in self.cases)

    @property
    def validating(self) -> int:
        """How many cases pick the best epoch."""
        return sum(case.usable and case.part == "validate" for case in self.cases)

    @property
    def held_out(self) -> int:
        """How many cases are never trained on."""
        return sum(case.part == "test" for case in self.cases)

    @property
    def outside(self) -> int:
        """How many cases with an outline the split knows nothing of."""
        return sum(case.usable and case.part is None for case in self.cases)

    @staticmethod
    def _may_train(case: PoolCase) -> bool:
        return case.usable and case.part == "train"


def pool_of(study: Study, task: Task) -> Pool:
    """Look up what can be trained on; the first look makes the default split when the study has none."""
    trainable = learnable(study, task)
    outlines = _outlines(study, task)
    quality = strata(study)
    split = latest_split(study)
    problem = None
    if split is None and trainable:
        try:
            split = ensure_split(study, task=task)
        except UserError as error:
            problem = error
    members = split.members if split is not None else {}
    return Pool(
        cases=tuple(
            PoolCase(
                case_id=case.id,
                label=study.display_name(case),
                stratum=quality.get(case.id),
                outline=outlines.get(case.id, annotation_words(None) if task.segments else "–"),
                usable=case.id in trainable,
                part=members.get(case.id),
                asked=not task.segments,
            )
            for case in study.cases.all()
        ),
        split=split.name if split is not None else DEFAULT_SPLIT,
        problem=problem,
    )


def _outlines(study: Study, task: Task) -> dict[int, str]:
    """What there is of each case: its outline, or the known answer with where it comes from."""
    if task.segments:
        return {case_id: annotation_words(one) for case_id, one in study.annotations.all_current(task.name).items()}
    known = known_answers(study, task)
    return {case_id: f"{words(task, one.numbers)} ({_from(one)})" for case_id, one in known.items()}


def _from(known: KnownAnswer) -> str:
    """Where a known answer comes from, short enough for a table."""
    if known.answer is None:
        return _("outline")
    return {"imported": _("imported"), "model": _("accepted")}.get(known.answer.origin, _("reader"))


def use_words(case: PoolCase) -> str:
    """What a case is used for in this finetune."""
    if not case.usable:
        return _("Not used: not known") if case.asked else _("Not used: no reviewed outline")
    if case.part is None:
        return _("Not used: not in the split")
    return {"train": _("May be trained on"), "validate": _("Picks the best epoch")}.get(
        case.part, part_words(case.part)
    )


def rows(pool: Pool) -> list[tuple[str, str, str, str]]:
    """The table of cases."""
    return [(case.label, quality_words(case.stratum), case.outline, use_words(case)) for case in pool.cases]


def mix_sentence(high: int, low: int, pool: Pool, *, everything: bool) -> str:
    """The chosen mix in two sentences."""
    if everything:
        chosen = _("To train on: {count}, rated or not.").format(count=pool.all_trainable)
    else:
        total = high + low
        share = round(100 * high / total) if total else 0
        chosen = _("To train on: {count}, {share} % of them of high quality.").format(count=total, share=share)
    rest = _("To pick the best epoch: {validate}. Held out: {held}.").format(
        validate=pool.validating, held=pool.held_out
    )
    return f"{chosen} {rest}"
