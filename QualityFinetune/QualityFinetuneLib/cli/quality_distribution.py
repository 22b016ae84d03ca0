"""`quality distribution`: how image quality is distributed, and whether two sets of cases differ in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..common.files import complete_or_absent
from ..experiments.shift_chart import distribution_chart, shift_chart
from ..quality.agreement.statistic import Statistic
from ..quality.distribution.scores import ScoreDistribution
from ..quality.distribution.shift import QualityShift
from ..study.study import Study
from ..workflow.distribution import distribution_of, parts_of, shift_between, shift_within, trained_on
from .options import JsonOption, StudyOption
from .output import Output
from .quality_agreement import interval
from .quality_measured import MeasuresOption, measured


def distribution(
    run: Annotated[
        int | None, typer.Option("--run", help="Compare what this run trained on with the other cases.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Compare the training with the test part of a split.")
    ] = None,
    deployment: Annotated[
        Path | None,
        typer.Option(
            "--deployment", metavar="FOLDER", help="Another study, where the model is used; also with --run."
        ),
    ] = None,
    chart: Annotated[Path | None, typer.Option("--chart", metavar="FILE.png", help="Draw it.")] = None,
    measures: MeasuresOption = None,
    deployment_measures: Annotated[
        Path | None, typer.Option("--deployment-measures", metavar="FILE.csv", help="The same of the other study.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling.")] = 0,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Scores of a study, or of two sets: what a model learned from against where it is used.

    Warns in plain words when the sets differ by more than the study's settings allow (`quality_shift` in study.yaml).

    * One study: `quality-finetune quality distribution`

    * Against another: `quality-finetune quality distribution --run 3 --deployment ../this-year --chart shift.png`
    """
    output = Output(json_only=json)
    if split is not None and (run is not None or deployment is not None):
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="The sets to compare are not clear.",
            why="--split names both of them already.",
            next="Leave out --run and --deployment, or --split.",
        )
    with Study.open(study) as opened:
        ours = measured(output, opened, measures).values
        shift = None
        if deployment is not None:
            only = None if run is None else trained_on(opened, opened.runs.get(run)).first
            with Study.open(deployment) as other:
                theirs = measured(output, other, deployment_measures).values
                shift = shift_between(opened, other, only=only, measures=ours, deployment_measures=theirs, seed=seed)
        elif run is not None:
            shift = shift_within(opened, trained_on(opened, opened.runs.get(run)), measures=ours, seed=seed)
        elif split is not None:
            shift = shift_within(opened, parts_of(opened, split), measures=ours, seed=seed)
        picture, document = _shift(output, shift) if shift else _one(output, opened)
    if chart is not None:
        with complete_or_absent(chart) as temporary:
            temporary.write_bytes(picture)
        output.say(f"Wrote {chart}.")
    output.document(document | ({"chart": chart} if chart else {}))


def _one(output: Output, study: Study) -> tuple[bytes, dict[str, object]]:
    """The chart and the JSON document of one set."""
    found = distribution_of(study)
    _table(output, [("Cases", found)])
    return distribution_chart("cases", found), {"distribution": found, "shares": found.shares}


def _shift(output: Output, shift: QualityShift) -> tuple[bytes, dict[str, object]]:
    """The chart and the JSON document of two sets."""
    _table(output, [(shift.first.capitalize(), shift.scores.first), (shift.second.capitalize(), shift.scores.second)])
    _tell(output, shift)
    return shift_chart(shift), {"shift": shift}


def _table(output: Output, sets: list[tuple[str, ScoreDistribution]]) -> None:
    rows = [[str(score), *(_cell(of, score) for _, of in sets)] for score in sets[0][1].counts]
    rows.append(["not rated", *(str(of.unrated) for _, of in sets)])
    output.table("Quality", ["Score", *(name for name, _ in sets)], rows)


def _cell(of: ScoreDistribution, score: int) -> str:
    share = of.shares[score]
    return f"{of.counts[score]}" if share is None else f"{of.counts[score]} ({share:.0%})"


def _tell(output: Output, shift: QualityShift) -> None:
    scores = shift.scores
    rows: list[tuple[str, Statistic, float | None]] = [
        ("Difference of high quality", scores.high_share, scores.high_chance),
        ("Total variation", scores.total_variation, scores.chance),
        ("Wasserstein distance, points", scores.wasserstein, scores.chance),
    ]
    rows += [(f"{one.name}, standard deviations", one.difference, one.chance) for one in shift.measures]
    output.table(
        f"The {shift.second} against the {shift.first}",
        ["Difference", "Value", "95 % interval", "Chance", "Remark"],
        [[name, statistic.value, interval(statistic), chance, statistic.reason] for name, statistic, chance in rows],
    )
    for warning in shift.warnings:
        output.say(warning)
    if shift.verdict == "alike":
        output.say(f"The {shift.second} and the {shift.first} are alike in quality, as far as these cases tell.")
