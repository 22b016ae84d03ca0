"""`quality technical`: what the headers of each exam say about the technical part of the form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..quality.form import Form, load_form
from ..quality.scores import Protocol
from ..quality.technical import TechnicalFinding, recommended_values, technical_values
from ..study.study import Study
from .options import JsonOption, StudyOption
from .output import Output
from .quality_exams import CasesOption, PathsArgument, chosen_exams

WORDS = {True: "pass", False: "fail", None: "unknown"}


def technical(
    paths: PathsArgument = None,
    cases: CasesOption = None,
    form: Annotated[
        str | None, typer.Option(help="Form by name or YAML file; the study's, else pi-qual-v2, when left out.")
    ] = None,
    dynamic: Annotated[
        bool, typer.Option("--mpmri", help="Also ask what multiparametric exams need; a study knows by itself.")
    ] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Pass, fail or unknown for each technical requirement, with the value found in the headers.

    Works on a study's cases or on folders; plain files have no headers, so most of theirs is unknown and a reader
    answers it. Nothing is saved: `rate` and the Rate panel start from the same findings. Recommendations are shown
    too, but never asked and never scored.

    * The study's cases: `quality-finetune quality technical`

    * DICOM as it comes: `quality-finetune quality technical exams/ --mpmri --json`
    """
    output = Output(json_only=json)
    chosen, protocol = _form(form, study, of_study=not paths, dynamic=dynamic)
    document = []
    for exam in chosen_exams(output, paths, study, cases):
        findings = technical_values(chosen, exam.series, protocol=protocol)
        recommended = recommended_values(chosen, exam.series, protocol=protocol)
        labels = {item.id: item.label for item in chosen.items(protocol)}
        labels |= {one.id: one.label for one in chosen.recommendations}
        output.table(
            f"{exam.name}: {chosen.title}",
            ["Item", "Requirement", "Result", "Found", "Wanted"],
            [_row(name, labels, one) for name, one in findings.items()]
            + [_row(name, labels, one, recommendation=True) for name, one in recommended.items()],
        )
        document.append({"case": exam.name, "findings": _plain(findings), "recommendations": _plain(recommended)})
    output.document({"form": chosen.name, "form_version": chosen.version, "protocol": protocol, "cases": document})


def _form(name: str | None, study: Path, *, of_study: bool, dynamic: bool) -> tuple[Form, Protocol]:
    protocol: Protocol = "mpmri" if dynamic else "bpmri"
    if of_study:
        with Study.open(study) as opened:
            settings = opened.settings
        return load_form(name or settings.form), "mpmri" if dynamic else settings.protocol
    return load_form(name or "pi-qual-v2"), protocol


def _row(name: str, labels: dict[str, str], one: TechnicalFinding, *, recommendation: bool = False) -> list[str]:
    result = WORDS[one.passed] + (" (recommended)" if recommendation else "")
    return [name, labels[name], result, one.found, one.wanted]


def _plain(findings: dict[str, TechnicalFinding]) -> dict[str, dict[str, object]]:
    return {
        name: {"result": WORDS[one.passed], "passed": one.passed, "found": one.found, "wanted": one.wanted}
        for name, one in findings.items()
    }
