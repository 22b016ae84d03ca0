"""The report's part on answers about whole exams: how models agree with what is known, and every answer beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..study.study import Study
from ..workflow.predicting import not_trained_on
from ..workflow.results import AnswerScore, answer_scores, answers_of, asks_about_exams, metric_words
from ..workflow.tasks import task_of


@dataclass(frozen=True, kw_only=True)
class ScoreLine:
    """One metric in one stratum; `words` is its name with the unit."""

    words: str
    score: AnswerScore


@dataclass(frozen=True, kw_only=True)
class AnswerLine:
    """One exam: what was known, what the model said."""

    case: str
    quality: str | None
    known: str
    predicted: str


@dataclass(frozen=True, kw_only=True)
class AnswersResult:
    """One evaluation of answers.

    Attributes:
        held_out: whether no case was trained on; None where the study does not know what the model has seen.
        seen: cases that the model has learned from.
        references: where the known answers come from, and how many from each.
    """

    run_id: int
    title: str
    task: str
    cases: int
    held_out: bool | None
    seen: tuple[str, ...]
    scores: tuple[ScoreLine, ...]
    answers: tuple[AnswerLine, ...]
    references: tuple[tuple[str, int], ...]


def answers_section(study: Study, *, names: Mapping[int, str], hide: Callable[[str], str]) -> list[AnswersResult]:
    """Every finished evaluation of answers, newest first.

    Args:
        study: what the report is about.
        names: what to call each case.
        hide: takes identity out of free text.
    """
    found = []
    for run in reversed(study.runs.all(kind="evaluate")):
        if run.status != "done" or not asks_about_exams(run):
            continue
        told = answers_of(run)
        cases = [study.cases.get(one.case_id) for one in told]
        model_id = run.config.get("model_id")
        seen: tuple[str, ...] = ()
        if model_id is not None:
            unseen = {case.id for case in not_trained_on(study, study.models.get(model_id), cases)}
            seen = tuple(names[case.id] for case in cases if case.id not in unseen)
        found.append(
            AnswersResult(
                run_id=run.id,
                title=hide(run.title),
                task=task_of(study, str(run.config["task"])).title,
                cases=len(cases),
                held_out=None if model_id is None else not seen,
                seen=seen,
                scores=tuple(ScoreLine(words=_words(score), score=score) for score in answer_scores(run)),
                answers=tuple(
                    AnswerLine(case=names[one.case_id], quality=one.quality, known=one.known, predicted=one.predicted)
                    for one in told
                ),
                references=tuple(Counter(hide(one.source) for one in told).most_common()),
            )
        )
    return found


def _words(score: AnswerScore) -> str:
    named = metric_words(score.metric) + (f" of {score.label}" if score.label else "")
    return f"{named[0].upper()}{named[1:]}" + (f", {score.unit}" if score.unit else "")
