"""`quality agreement`: how far readers agree, with each other or with themselves, item by item and score by score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.agreement.many import TITLES
from ..quality.agreement.statistic import Statistic
from ..study.records import Reader
from ..study.study import Study
from ..workflow.agreement import SubjectAgreement, SubjectKind, between_readers, within_reader
from .options import JsonOption, StudyOption
from .output import Output

OVERVIEW = {
    "Percent": ("observed",),
    "Kappa": ("kappa_quadratic", "kappa", "fleiss"),
    "Gwet's AC": ("ac2_quadratic", "ac1"),
    "Krippendorff's alpha": ("alpha_ordinal", "alpha_nominal"),
    "ICC(2,1)": ("icc_2_1",),
}
"""Columns of the overview: of each the first statistic that suits the scale, so weighted ones for scores."""


def agreement(
    readers: Annotated[list[str] | None, typer.Argument(help="Readers; all of the study when left out.")] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="READER", help="Agreement of one reader with themselves, by repeats."),
    ] = None,
    items: Annotated[bool, typer.Option(help="Also item by item, not only the scores.")] = True,
    everything: Annotated[
        bool, typer.Option("--all", help="Every statistic that suits the scale, one table each.")
    ] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Agreement on high against low quality, on every score and on every item, with 95 % intervals.

    Percent agreement, Cohen's or Fleiss' kappa, Gwet's AC1 and AC2, Krippendorff's alpha, intraclass correlation and,
    of two readers, Bland and Altman's limits. Cases that not everyone read count where the statistic allows it.

    * Between readers: `quality-finetune quality agreement`

    * Within a reader: `quality-finetune quality agreement --within "Reader A"`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        kinds: tuple[SubjectKind, ...] = ("quality", "score", "item") if items else ("quality", "score")
        if within is not None:
            (reader,) = find_readers(opened, [within])
            names, found = [reader.name], within_reader(opened, reader, kinds=kinds)
        else:
            chosen = find_readers(opened, readers) if readers else opened.readers.all()
            chosen = chosen if readers else _who_read(opened, chosen)
            names, found = [reader.name for reader in chosen], between_readers(opened, chosen, kinds=kinds)
    if everything:
        for one in found:
            _show(output, one)
    else:
        _overview(output, names, found)
    output.document({"readers": names, "within": within is not None, "subjects": found})


def find_readers(study: Study, names: Sequence[str]) -> list[Reader]:
    """Readers by name, whatever the case of its letters; each once.

    Raises:
        UserError: NOT_FOUND naming the readers that there are.
    """
    known = {reader.name.casefold(): reader for reader in study.readers.all()}
    for name in names:
        if name.casefold() not in known:
            raise UserError(
                ErrorCode.NOT_FOUND,
                what=f"There is no reader {name}.",
                why=f"The study has these readers: {', '.join(one.name for one in known.values()) or 'none'}.",
                next="Name one of them.",
            )
    return list({known[name.casefold()].id: known[name.casefold()] for name in names}.values())


def _overview(output: Output, names: Sequence[str], found: Sequence[SubjectAgreement]) -> None:
    rows: list[list[object]] = []
    reasons: dict[str, None] = {}
    for one in found:
        chosen = [_first(one, suited) for suited in OVERVIEW.values()]
        title = f"{one.title} ({one.id})" if one.kind == "item" else one.title
        rows.append([title, one.part or None, one.agreement.cases, *(_short(statistic) for statistic in chosen)])
        reasons |= {statistic.reason: None for statistic in chosen if statistic and statistic.reason}
    output.table(" and ".join(names), ["About", "Part", "Cases", *OVERVIEW], rows)
    output.say("With 95 % intervals. For scores kappa and AC2 have quadratic weights and alpha is ordinal.")
    for reason in reasons:
        output.say(f"Where a number or an interval is missing: {reason}")


def _first(one: SubjectAgreement, suited: Sequence[str]) -> Statistic | None:
    return next((one.agreement.statistics[name] for name in suited if name in one.agreement.statistics), None)


def _short(statistic: Statistic | None) -> str | None:
    if statistic is None or statistic.value is None:
        return None
    limits = interval(statistic)
    return f"{statistic.value:.2f} ({limits})" if limits else f"{statistic.value:.2f}"


def _show(output: Output, one: SubjectAgreement) -> None:
    """One table a subject."""
    result = one.agreement
    output.table(
        f"{one.title}: {result.cases} cases rated by two or more, {result.complete} by all {result.raters}",
        ["Statistic", "Value", "95 % interval", "Remark"],
        [
            [TITLES[name], statistic.value, interval(statistic), statistic.reason]
            for name, statistic in result.statistics.items()
        ],
    )
    difference = result.differences
    if difference is not None and difference.bias.value is not None:
        bias, lower, upper = difference.bias, difference.lower, difference.upper
        output.say(
            f"First minus second: {bias.value:.2f} on average ({interval(bias) or 'no interval'}); "
            f"95 % of differences are expected from {lower.value:.2f} to {upper.value:.2f}."
        )


def interval(statistic: Statistic) -> str | None:
    """The interval as text, None where there is none."""
    if statistic.low is None or statistic.high is None:
        return None
    return f"{statistic.low:.2f} to {statistic.high:.2f}"


def _who_read(study: Study, readers: Sequence[Reader]) -> list[Reader]:
    """Those with a reading: a reader who only corrects masks or adjudicates is no rater."""
    reading = {one.reader_id for one in study.readings.all_latest()}
    return [reader for reader in readers if reader.id in reading]
