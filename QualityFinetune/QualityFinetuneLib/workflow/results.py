"""The numbers of an evaluation, read back from a run's results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..study.records import Run
from .prepared import case_id_of


@dataclass(frozen=True, kw_only=True)
class SummaryRow:
    """One metric of one label over the cases of one stratum (`all`, `high` or `low`).

    `mean` and `sd` are None where no case, or only one, has a value.
    """

    metric: str
    label: str
    stratum: str
    unit: str
    mean: float | None
    sd: float | None
    n: int


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One metric of one label of one case; `why` tells why there is no value."""

    case_id: int
    metric: str
    label: str
    stratum: str | None
    unit: str
    value: float | None
    why: str | None


SMALLER_IS_BETTER = ("mean_absolute_error",)


@dataclass(frozen=True, kw_only=True)
class AnswerScore:
    """One number of answers about exams over the cases of one stratum, with its interval of 95 % confidence.

    `why` tells why there is no value or no interval; empty where there are both.
    """

    metric: str
    label: str
    stratum: str
    unit: str
    value: float | None
    lower: float | None
    upper: float | None
    cases: int
    why: str


@dataclass(frozen=True, kw_only=True)
class AnsweredCase:
    """What was known of an exam and what a model said of it, in words."""

    case_id: int
    quality: str | None
    known: str
    predicted: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Unsure:
    """How unsure one number of an answer is: predictive entropy in nats, or the spread of a value in its unit."""

    value: float | None
    unit: str


def summary_of(run: Run) -> list[SummaryRow]:
    """What an evaluate run found over its cases, in the order in which it told."""
    parts: dict[tuple[str, str, str], dict[str, float | None]] = {}
    units: dict[tuple[str, str, str], str] = {}
    for metric in run.results.get("metrics", ()):
        name, separator, part = metric["name"].rpartition("_")
        if metric.get("case") or not separator or part not in {"mean", "sd", "n"}:
            continue
        key = (name, metric.get("label", ""), metric.get("stratum", "all"))
        parts.setdefault(key, {})[part] = metric.get("value")
        if part == "mean":
            units[key] = metric.get("unit", "")
    return [
        SummaryRow(
            metric=metric,
            label=label,
            stratum=stratum,
            unit=units.get((metric, label, stratum), ""),
            mean=found.get("mean"),
            sd=found.get("sd"),
            n=int(found.get("n") or 0),
        )
        for (metric, label, stratum), found in parts.items()
    ]


def by_case(run: Run) -> list[CaseRow]:
    """What an evaluate run found case by case."""
    return [
        CaseRow(
            case_id=case_id_of(metric["case"]),
            metric=metric["name"],
            label=metric.get("label", ""),
            stratum=metric.get("stratum"),
            unit=metric.get("unit", ""),
            value=metric.get("value"),
            why=metric.get("why"),
        )
        for metric in run.results.get("metrics", ())
        if metric.get("case")
    ]


def metric_of(run: Run) -> str:
    """What a finetune chose its best epoch by, or an evaluation is about; Dice where the run does not tell."""
    return str(run.config.get("metric", "dice"))


def metric_words(metric: str) -> str:
    """A metric's name as a sentence has it."""
    return {"dice": "Dice", "macro_auc": "AUC", "auc": "AUC", "r2": "R²"}.get(metric, metric.replace("_", " "))


def asks_about_exams(run: Run) -> bool:
    """True for a run whose task asks for an answer about the whole exam, not for a mask."""
    return str(run.config.get("answer", "segmentation")) != "segmentation"


def validation_history(run: Run) -> list[tuple[int, float]]:
    """The metric of a finetune as (epoch, value), over all its validation cases and labels together.

    A resumed run tells an epoch that it repeats again; the last word counts.
    """
    told = {
        int(metric["epoch"]): float(metric["value"])
        for metric in run.results.get("metrics", ())
        if metric["name"] == metric_of(run)
        and metric.get("stratum") == "all"
        and metric.get("epoch") is not None
        and metric.get("value") is not None
        and not metric.get("case")
        and not metric.get("label")
    }
    return sorted(told.items())


def best_validation(run: Run) -> float | None:
    """The best value of `validation_history`: the smallest where the metric is an error."""
    values = [value for _, value in validation_history(run)]
    best = min if metric_of(run) in SMALLER_IS_BETTER else max
    return best(values, default=None)


def waited_for_data(run: Run) -> float | None:
    """Share of a training's steps that the network waited for data, over all epochs; None where nothing was told."""
    told = {
        int(metric["epoch"]): float(metric["value"])
        for metric in run.results.get("metrics", ())
        if metric["name"] == "data_wait_share" and metric.get("epoch") is not None and metric.get("value") is not None
    }
    return sum(told.values()) / len(told) if told else None


def answer_scores(run: Run) -> list[AnswerScore]:
    """What an evaluation of answers found, in the order in which it told."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for metric in run.results.get("metrics", ()):
        if metric.get("case") or metric.get("epoch") is not None:
            continue
        name, separator, part = str(metric["name"]).rpartition("_")
        if not separator or part not in {"lower", "upper", "cases"}:
            name, part = str(metric["name"]), "value"
        row = found.setdefault((name, metric.get("label", ""), metric.get("stratum", "all")), {})
        row[part] = metric.get("value")
        if part == "value":
            row["unit"] = metric.get("unit", "")
        row["why"] = row.get("why") or metric.get("why", "")
    return [
        AnswerScore(
            metric=metric,
            label=label,
            stratum=stratum,
            unit=row.get("unit", ""),
            value=row.get("value"),
            lower=row.get("lower"),
            upper=row.get("upper"),
            cases=int(row.get("cases") or 0),
            why=row["why"],
        )
        for (metric, label, stratum), row in found.items()
    ]


def uncertainty_of_answers(run: Run) -> dict[int, dict[str, Unsure]]:
    """How unsure a predict run was of its answers, by case and by the answer's key; empty where nobody asked."""
    found: dict[int, dict[str, Unsure]] = {}
    for metric in run.results.get("metrics", ()):
        if metric["name"] == "uncertainty" and metric.get("case") and metric.get("label"):
            number = Unsure(value=metric.get("value"), unit=metric.get("unit", ""))
            found.setdefault(case_id_of(metric["case"]), {})[str(metric["label"])] = number
    return found


def answers_of(run: Run) -> list[AnsweredCase]:
    """What was known and what was predicted, case by case, of an evaluation of answers."""
    return [
        AnsweredCase(
            case_id=int(entry["case_id"]),
            quality=entry.get("quality"),
            known=str(entry.get("known_words", "")),
            predicted=str(entry.get("predicted_words", "")),
            source=str(entry.get("answer_source", "")),
        )
        for entry in run.config.get("cases", ())
    ]
