"""The sets of cases whose quality is worth comparing: of a study, a run, a split, and another study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..common.errors import ErrorCode, UserError
from ..quality.distribution.scores import ScoreDistribution, score_distribution
from ..quality.distribution.shift import CaseSet, QualityShift, quality_shift
from ..quality.form import Form, load_form
from ..study.quality import scores
from ..study.records import Run
from ..study.study import Study

MeasuredCases = Mapping[int, Mapping[str, float | None]]


@dataclass(frozen=True, kw_only=True)
class SplitOfCases:
    """Two sets of cases of one study, by id, with a word for each."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    first_name: str = "training set"
    second_name: str = "deployment set"


def distribution_of(study: Study) -> ScoreDistribution:
    """Scores of every case of the study under its quality rule; simulated cases count like any other."""
    return score_distribution(scores(study).values(), scale=_scale(study, _form(study)))


def trained_on(study: Study, run: Run) -> SplitOfCases:
    """The cases that a run trained on, and every other case of the study.

    Raises:
        UserError: NOT_FOUND when the run trained on nothing.
    """
    first = tuple(entry["case_id"] for entry in run.config.get("cases", ()) if entry.get("part") == "train")
    if not first:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"Run {run.id} has no training set.",
            why=f"It is a {run.kind} run that trained on no case.",
            next="Choose a finetune run.",
        )
    others = tuple(case.id for case in study.cases.all() if case.id not in set(first))
    return SplitOfCases(first=first, second=others, second_name="other cases")


def parts_of(study: Study, split_name: str) -> SplitOfCases:
    """Training and test part of a split.

    Raises:
        UserError: NOT_FOUND.
    """
    split = study.splits.get(split_name)
    return SplitOfCases(
        first=tuple(split.part("train")),
        second=tuple(split.part("test")),
        first_name="training part",
        second_name="test part",
    )


def shift_within(
    study: Study, split: SplitOfCases, *, measures: MeasuredCases | None = None, seed: int = 0
) -> QualityShift:
    """Compare two sets of one study under its quality rule.

    Args:
        measures: measured numbers by case id.
        seed: of the resampling.
    """
    score_of, measured = scores(study), measures or {}

    def cases(ids: Sequence[int], name: str) -> CaseSet:
        return CaseSet(
            name=name, scores=[score_of.get(one) for one in ids], measures=[measured.get(one, {}) for one in ids]
        )

    return _shift(study, cases(split.first, split.first_name), cases(split.second, split.second_name), seed)


def shift_between(
    study: Study,
    deployment: Study,
    *,
    only: Sequence[int] | None = None,
    measures: MeasuredCases | None = None,
    deployment_measures: MeasuredCases | None = None,
    seed: int = 0,
) -> QualityShift:
    """Compare a study, or the training cases `only` of it, with another study under the first one's quality rule.

    Raises:
        UserError: CONFLICT when the two use different forms or protocols, whose scores do not convert.
    """
    ours, theirs = ((_form(one).name, one.settings.protocol) for one in (study, deployment))
    if ours != theirs:
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"{study.name} and {deployment.name} cannot be compared.",
            why=f"One is rated with {' for '.join(ours)}, the other with {' for '.join(theirs)}: "
            "scores do not convert.",
            next="Rate both with the same form and protocol.",
        )
    rule = study.settings.quality_rule
    score_of, other = scores(study, rule), scores(deployment, rule)
    wanted = list(score_of) if only is None else list(only)
    first = CaseSet(
        name="training set",
        scores=[score_of[one] for one in wanted],
        measures=[(measures or {}).get(one, {}) for one in wanted],
    )
    second = CaseSet(
        name="deployment set",
        scores=list(other.values()),
        measures=[(deployment_measures or {}).get(one, {}) for one in other],
    )
    return _shift(study, first, second, seed)


def _shift(study: Study, first: CaseSet, second: CaseSet, seed: int) -> QualityShift:
    return quality_shift(
        first,
        second,
        scale=_scale(study, _form(study)),
        high_from=study.settings.quality_rule.threshold,
        thresholds=study.settings.quality_shift,
        seed=seed,
    )


def _form(study: Study) -> Form:
    return load_form(study.settings.form)


def _scale(study: Study, form: Form) -> tuple[int, ...]:
    rule = study.settings.quality_rule
    return form.possible_scores(study.settings.protocol).get(rule.score_id, ()) if rule.form == form.name else ()
