"""`quality predict`: the learned quality score of exams, after their reader has committed themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.prediction import QualityPredictor, load_predictor
from ..study.study import Study
from ..workflow.exams import Exam, exam_of_case
from ..workflow.predicted_quality import PredictedQuality, may_show, predict_exam
from .options import JsonOption, StudyOption, find_cases
from .output import Output
from .quality_agreement import find_readers
from .quality_exams import CasesOption, PathsArgument, chosen_exams
from .running import bars


def predict(
    predictor: Annotated[
        Path, typer.Option("--predictor", "-p", metavar="FILE.json", help="Written by train-predictor.")
    ],
    paths: PathsArgument = None,
    cases: CasesOption = None,
    reader: Annotated[
        str | None, typer.Option("--reader", "-r", help="Who looks; only cases that this reader has rated are shown.")
    ] = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Predicted quality with its interval, from the measures of the series that the predictor is for.

    In a study a reader sees it only for cases that they have rated themselves, so that it cannot sway them, unless
    the study is assisted (`assisted: true` in study.yaml). It is an aid: no rule and no split looks at it.

    * A study: `quality-finetune quality predict --predictor t2w.json --reader "Reader A"`

    * A folder: `quality-finetune quality predict exams/ --predictor t2w.json --json`
    """
    output = Output(json_only=json)
    learned = load_predictor(predictor)
    exams, hidden = _allowed(output, paths, cases, reader, study)
    done: list[PredictedQuality] = []
    left_out: list[dict[str, str]] = []
    with bars(output) as progress:
        bar = progress.add_task("Measuring", total=len(exams), note="", eta_s=None)
        for number, exam in enumerate(exams, start=1):
            progress.update(bar, note=exam.name)
            try:
                done.append(predict_exam(exam, learned))
            except UserError as error:
                if len(exams) == 1:
                    raise
                left_out.append({"case": exam.name, **error.as_dict()})
                output.warn(error.what, error.why, error.next)
            progress.update(bar, completed=number)
    _tell(output, learned, done)
    if hidden:
        output.say(f"{len(hidden)} cases are not shown, because this reader has not rated them yet.")
    output.document(
        {"role": learned.role, "target": learned.target, "cases": done, "hidden": hidden, "left_out": left_out}
    )


def _allowed(
    output: Output, paths: list[Path] | None, cases: list[str] | None, reader: str | None, folder: Path
) -> tuple[list[Exam], list[str]]:
    """The exams that may be shown, and the names of those that may not yet."""
    if paths:
        return chosen_exams(output, paths, folder, cases), []
    with Study.open(folder) as study:
        if reader is None and not study.settings.assisted:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what="No predicted quality was shown.",
                why="In this study it is shown only to a reader who has rated the case.",
                next="Say who looks with --reader, or set assisted: true in study.yaml.",
            )
        who = find_readers(study, [reader])[0] if reader is not None else None
        chosen = find_cases(study, cases) if cases else study.cases.all()
        shown = [one for one in chosen if may_show(study, who, one)]
        hidden = [study.display_name(one) for one in chosen if one not in shown]
        return [exam_of_case(study, one) for one in shown], hidden


def _tell(output: Output, learned: QualityPredictor, done: list[PredictedQuality]) -> None:
    rows = []
    for one in done:
        found = one.prediction
        interval = None if found.low is None else f"{found.low:.2f} to {found.high:.2f}"
        rows.append([one.case, found.value, interval, found.spread, found.why or " ".join(found.remarks) or None])
    output.table(
        f"Predicted {learned.target.name} of {learned.role.value} series, {learned.target.low:g} to "
        f"{learned.target.high:g}",
        ["Case", "Predicted", f"{learned.level:.0%} interval", "Spread", "Remark"],
        rows,
    )
    if learned.simulated:
        output.say("The predictor learned from simulated faults; it does not replace a reading.")
