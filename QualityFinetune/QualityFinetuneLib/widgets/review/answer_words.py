"""Answers about a whole exam as sentences: what a model says and how sure it is, what others said, the history."""

from __future__ import annotations

from ...cases.answers import numbers_of, words
from ...cases.tasks import Task
from ...study.blinding import Blinding
from ...study.records import Answer
from ...study.study import Study
from ...workflow.known_answers import derived_answer
from ..i18n import tr as _
from ..words import answer_status_words

LIKELY = 0.01
"""Probabilities below are not worth a word."""


def said(task: Task, one: Answer) -> str:
    """The answer itself."""
    return words(task, numbers_of(task, one.values))


def model_says(task: Task, one: Answer) -> str:
    """A model's answer with its probabilities, and who made it."""
    names = {choice.brief: choice.name for choice in task.choices}
    sure = ", ".join(
        _("{choice}: {percent} %").format(choice=names.get(name, name), percent=round(100 * share))
        for name, share in sorted((one.probabilities or {}).items(), key=lambda item: -item[1])
        if share >= LIKELY
    )
    run = _(", run {run}").format(run=one.run_id) if one.run_id is not None else ""
    made = _("Made by the model {source}{run}.").format(source=one.source or "–", run=run)
    return "\n".join(part for part in (said(task, one), sure, made) if part)


def others_say(study: Study, task: Task, others: tuple[Answer, ...]) -> str:
    """What tables and other readers said, a line each."""
    return "\n".join(f"{_by(study, one)}: {said(task, one)}" for one in others)


def history(study: Study, task: Task, answers: list[Answer]) -> str:
    """Who answered what and when, newest first, with what an answer stands for."""
    numbers = {one.id: number for number, one in enumerate(answers, start=1)}
    lines = []
    for one in reversed(answers):
        line = _("{number}.  {when}  {status}: {answer}. {by}").format(
            number=numbers[one.id],
            when=f"{one.created:%Y-%m-%d %H:%M}",
            status=answer_status_words(one),
            answer=said(task, one),
            by=_by(study, one),
        )
        if one.supersedes is not None and one.supersedes in numbers:
            line = _("{line}, in place of {number}").format(line=line, number=numbers[one.supersedes])
        lines.append(line)
    return "\n".join(lines)


def derived(study: Study, case_id: int, task: Task) -> str:
    """The volume that counts where nobody gives one; empty where there is none."""
    found = derived_answer(study, task, case_id)
    if found is None:
        return ""
    return _("Without an answer the volume of the reviewed outline counts: {volume}.").format(
        volume=words(task, found.numbers)
    )


def _by(study: Study, one: Answer) -> str:
    names = {reader.id: reader.name for reader in study.readers.all()}
    reader = names.get(one.reader_id, "?") if one.reader_id is not None else ""
    source = Blinding(study).text(one.source)
    if one.origin == "imported":
        return _("Imported from {source}").format(source=source) if source else _("Imported")
    if reader and one.run_id is not None:
        return _("{reader}, knowing run {run}").format(reader=reader, run=one.run_id)
    return reader or _("Model {source}, run {run}").format(source=source or "–", run=one.run_id)
