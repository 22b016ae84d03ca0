"""What the step bar says under each step: how far it is. No Qt."""

from __future__ import annotations

from ..workflow.answering import unjudged_of_all
from .i18n import tr as _
from .run_monitor import RunProgress
from .session import Session


def step_texts(session: Session, progress: RunProgress) -> dict[str, str]:
    """Two short lines for each step."""
    notes = {"Study": "", "Rate": "", "Review": "", "Finetune": "", "Results": ""}
    study = session.study
    if study is not None:
        cases = len(session.cases)
        notes["Study"] = _("1 case") if cases == 1 else _("{count} cases").format(count=cases)
        if session.reader is not None:
            rated = {
                reading.case_id for reading in study.readings.all_latest() if reading.reader_id == session.reader.id
            }
            notes["Rate"] = _("{done} of {count}").format(done=len(rated), count=cases)
        waiting = sum(one.status == "draft" and one.origin == "model" for one in _standing(session))
        waiting += len(unjudged_of_all(study))
        if waiting:
            notes["Review"] = _("1 draft") if waiting == 1 else _("{count} drafts").format(count=waiting)
        models = len(study.models.all())
        if models:
            notes["Finetune"] = _("1 model") if models == 1 else _("{count} models").format(count=models)
        runs = len(study.runs.all())
        if runs:
            notes["Results"] = _("1 run") if runs == 1 else _("{count} runs").format(count=runs)
    if progress.active and progress.kind == "finetune":
        notes["Finetune"] = _("{percent} %").format(percent=round(100 * progress.fraction))
    elif progress.active:
        notes["Results"] = _("{percent} %").format(percent=round(100 * progress.fraction))
    titles = {
        "Study": _("1 Study"),
        "Rate": _("2 Rate"),
        "Review": _("3 Review"),
        "Finetune": _("4 Finetune"),
        "Results": _("5 Results"),
    }
    return {step: f"{titles[step]}\n{notes[step]}" for step in titles}


def _standing(session: Session) -> list:  # type: ignore[type-arg]
    study = session.needed()
    everything = study.annotations.all()
    superseded = {annotation.supersedes for annotation in everything}
    return [annotation for annotation in everything if annotation.id not in superseded]
