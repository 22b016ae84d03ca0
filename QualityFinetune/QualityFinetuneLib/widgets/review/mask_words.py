"""A segmentation as sentences: who made it, its volumes, what a correction changed, its versions and history."""

from __future__ import annotations

from ...cases.tasks import Task
from ...study.records import Annotation
from ...study.study import Study
from ..i18n import tr as _
from ..words import annotation_words, number_words
from .volumes import volumes_ml


def made_by(study: Study, one: Annotation) -> str:
    """Who made it, and whose verdict it has."""
    names = {reader.id: reader.name for reader in study.readers.all()}
    reader = names.get(one.reader_id) if one.reader_id is not None else None
    run = _(", run {run}").format(run=one.run_id) if one.run_id is not None else ""
    made = {
        "model": _("Made by the model {source}{run}.").format(source=one.source or "–", run=run),
        "imported": _("Imported from {source}.").format(source=one.source or "–"),
        "reader": _("Based on {source}{run}.").format(source=one.source or "–", run=run),
    }[one.origin]
    if reader is None:
        return made
    verdict = {
        "accepted": _("Accepted by {reader}."),
        "corrected": _("Corrected by {reader}."),
        "rejected": _("Rejected by {reader}."),
        "draft": _("Saved by {reader}."),
    }[one.status].format(reader=reader)
    return f"{verdict} {made}"


def volumes(one: Annotation, task: Task) -> str:
    """Volume of each structure."""
    return " · ".join(
        _("{structure} {volume} ml").format(structure=name, volume=number_words(volume, 1))
        for name, volume in volumes_ml(one.path, task).items()
    )


def version(study: Study, one: Annotation) -> str:
    """One of several versions, to choose from."""
    return f"{annotation_words(one)} · {one.source or made_by(study, one)} · {one.created:%Y-%m-%d %H:%M}"


def history(study: Study, case_id: int, task: Task) -> str:
    """Everything that ever happened to this segmentation, newest first."""
    return "\n".join(
        _("{when}  {status}. {by}").format(
            when=f"{one.created:%Y-%m-%d %H:%M}", status=annotation_words(one), by=made_by(study, one)
        )
        for one in reversed(study.annotations.history(case_id, task.name))
    )


def changes(measured: dict[str, object] | None) -> str:
    """How much a correction changed, as one sentence; empty where nothing was compared."""
    if not measured:
        return ""
    values = {key: measured.get(key) for key in ("dice", "added_ml", "removed_ml")}
    dice, added, removed = (float(value) if isinstance(value, int | float) else None for value in values.values())
    return _("Changed: {added} ml added, {removed} ml removed, Dice {dice} with the draft.").format(
        added=number_words(added, 1), removed=number_words(removed, 1), dice=number_words(dice)
    )
