"""The numbers of an evaluation, read back from a run's results."""

from __future__ import annotations

from dataclasses import dataclass

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


def validation_history(run: Run) -> list[tuple[int, float]]:
    """Mean validation Dice of a finetune as (epoch, value), over all its validation cases and labels.

    A resumed run tells an epoch that it repeats again; the last word counts.
    """
    told = {
        int(metric["epoch"]): float(metric["value"])
        for metric in run.results.get("metrics", ())
        if metric["name"] == "dice"
        and metric.get("stratum") == "all"
        and metric.get("epoch") is not None
        and metric.get("value") is not None
        and not metric.get("case")
        and not metric.get("label")
    }
    return sorted(told.items())
