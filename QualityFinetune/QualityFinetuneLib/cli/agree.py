"""`agreement`: how far two readers agree about the quality of the same cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.agreement import Statistic
from ..quality.agreement import agreement as agreement_of
from ..quality.form import load_form
from ..study.study import Study
from .options import JsonOption, StudyOption
from .output import Output


def agreement(
    readers: Annotated[list[str] | None, typer.Argument(help="Two readers, if there are more than two.")] = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Agreement of two readers on the exam score and on high against low quality.

    Percent agreement, Cohen's kappa (unweighted, linear, quadratic) and Gwet's AC1 with 95 % intervals, over the
    cases that both have rated.

    Example: `quality-finetune agreement "Reader A" "Reader B"`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        first, second = _two(opened, readers or [])
        rule = opened.settings.quality_rule
        form = load_form(opened.settings.form)
        scores = {
            reader.id: {r.case_id: r.exam_score for r in opened.readings.all_latest()
                        if r.reader_id == reader.id and r.form == form.name}
            for reader in (first, second)
        }  # fmt: skip
        cases = sorted(set(scores[first.id]) | set(scores[second.id]))
        pairs = [(scores[first.id].get(case_id), scores[second.id].get(case_id)) for case_id in cases]
    scale = form.possible_scores(opened.settings.protocol)[rule.score_id]
    exam = agreement_of(pairs, categories=scale)
    high = agreement_of([(_high(rule.apply(a)), _high(rule.apply(b))) for a, b in pairs], categories=(False, True))
    for title, result in (("Exam score", exam), ("High against low quality", high)):
        output.table(
            f"{title}: {first.name} and {second.name}, {result.n} cases rated by both",
            ["Statistic", "Value", "95 % interval", "Remark"],
            [
                [label, getattr(result, name).value, _interval(getattr(result, name)), getattr(result, name).reason]
                for label, name in (
                    ("Percent agreement", "observed"),
                    ("Cohen's kappa", "kappa"),
                    ("linearly weighted", "kappa_linear"),
                    ("quadratically weighted", "kappa_quadratic"),
                    ("Gwet's AC1", "ac1"),
                )
            ],
        )
    output.document({"readers": [first.name, second.name], "exam_score": exam, "high_or_low": high})


def _two(study: Study, names: list[str]) -> list:
    known = study.readers.all()
    chosen = [reader for name in names for reader in known if reader.name.casefold() == name.casefold()]
    if not names and len(known) == 2:
        return known
    if len(names) != 2 or len(chosen) != 2:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what="Agreement needs two readers.",
            why=f"The study has these readers: {', '.join(reader.name for reader in known) or 'none'}.",
            next='Name two of them, e.g. quality-finetune agreement "Reader A" "Reader B".',
        )
    return chosen


def _high(stratum: str | None) -> bool | None:
    return None if stratum is None else stratum == "high"


def _interval(statistic: Statistic) -> str | None:
    if statistic.low is None or statistic.high is None:
        return None
    return f"{statistic.low:.2f} to {statistic.high:.2f}"
