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

SHOWN = ("observed", "kappa", "fleiss", "ac1", "ac2_quadratic", "alpha_nominal", "alpha_ordinal", "icc_2_1")
"""What the overview shows; `--all` shows the rest, `--json` has everything."""


def agreement(
    readers: Annotated[list[str] | None, typer.Argument(help="Readers; all of the study when left out.")] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="READER", help="Agreement of one reader with themselves, by repeats."),
    ] = None,
    items: Annotated[bool, typer.Option(help="Also item by item, not only the scores.")] = True,
    everything: Annotated[bool, typer.Option("--all", help="Every statistic that suits the scale.")] = False,
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
    for one in found:
        show(output, one, everything=everything)
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


def show(output: Output, one: SubjectAgreement, *, everything: bool) -> None:
    """One table a subject."""
    result = one.agreement
    part = f", {one.part} part" if one.part else ""
    output.table(
        f"{one.title}{part}: {result.cases} cases rated by two or more, {result.complete} by all {result.raters}",
        ["Statistic", "Value", "95 % interval", "Remark"],
        [
            [TITLES[name], statistic.value, interval(statistic), statistic.reason]
            for name, statistic in result.statistics.items()
            if everything or name in SHOWN
        ],
    )
    difference = result.differences
    if everything and difference is not None and difference.bias.value is not None:
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
