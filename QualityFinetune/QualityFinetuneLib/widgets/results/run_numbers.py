"""Numbers of runs as rows of a table. No Qt."""

from __future__ import annotations

from ...study.records import Run
from ...workflow.results import answer_scores, asks_about_exams, best_validation, metric_of, metric_words, summary_of
from ..i18n import tr as _
from ..words import number_words, quality_words

STRATA = ("all", "high", "low")
Row = tuple[str, str, str, str, str, str]


def rows(evaluation: Run) -> list[Row]:
    """Mean numbers of an evaluation by quality: all cases first, then high, then low."""
    if asks_about_exams(evaluation):
        return _answer_rows(evaluation)
    summary = summary_of(evaluation)
    labels = list(dict.fromkeys(row.label for row in summary))
    found: list[Row] = []
    for stratum in STRATA:
        for label in labels:
            of_cell = {row.metric: row for row in summary if row.stratum == stratum and row.label == label}
            if not of_cell:
                continue
            value = {name: row.mean for name, row in of_cell.items()}
            count = max(row.n for row in of_cell.values())
            found.append(
                (
                    _("All") if stratum == "all" else quality_words(stratum),
                    label or "–",
                    number_words(value.get("dice")),
                    number_words(value.get("hd95"), 1),
                    number_words(value.get("volume_error_percent"), 1),
                    str(count),
                )
            )
    return found


def dice_words(run: Run) -> str:
    """The mean Dice of an evaluation, or the best validation Dice of a finetune; empty for other runs.

    Another metric than Dice stands behind its number.
    """
    if asks_about_exams(run):
        return _answer_words(run)
    if run.kind == "evaluate" and run.status == "done":
        values = [row.mean for row in summary_of(run) if row.metric == "dice" and row.stratum == "all"]
        found = [value for value in values if value is not None]
        return number_words(sum(found) / len(found)) if found else "–"
    if run.kind == "finetune":
        metrics = [metric.get("value") for metric in run.results.get("metrics", []) if _is_validation(metric)]
        best = [float(value) for value in metrics if value is not None]
        return number_words(max(best)) if best else "–"
    return ""


def _answer_rows(evaluation: Run) -> list[Row]:
    """Answers about exams have metrics of their own, told by name with their interval where there is one."""
    found: list[Row] = []
    scores = answer_scores(evaluation)
    for stratum in STRATA:
        for score in (one for one in scores if one.stratum == stratum):
            interval = (
                _(" ({lower} to {upper})").format(lower=number_words(score.lower), upper=number_words(score.upper))
                if score.lower is not None
                else ""
            )
            of = f" {score.label}" if score.label else ""
            unit = f" {score.unit}" if score.unit else ""
            told = f"{metric_words(score.metric)}{of}: {number_words(score.value)}{unit}{interval}"
            quality = _("All") if stratum == "all" else quality_words(stratum)
            found.append((quality, told, "–", "–", "–", str(score.cases)))
    return found


def _answer_words(run: Run) -> str:
    if run.kind == "evaluate" and run.status == "done":
        scores = [one for one in answer_scores(run) if one.metric == metric_of(run) and one.stratum == "all"]
        value = next((one.value for one in scores if one.value is not None), None)
    elif run.kind == "finetune":
        value = best_validation(run)
    else:
        return ""
    return f"{number_words(value)} {metric_words(metric_of(run))}" if value is not None else "–"


def _is_validation(metric: dict[str, object]) -> bool:
    """The mean Dice over all validation cases and labels of one epoch."""
    of_all = not metric.get("label") and not metric.get("case") and metric.get("stratum") in (None, "all")
    return "dice" in str(metric.get("name", "")) and metric.get("epoch") is not None and of_all
