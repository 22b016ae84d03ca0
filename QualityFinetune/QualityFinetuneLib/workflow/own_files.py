"""Add a site's own task or model card to a study, and tell what there is of both."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict

from ..cases.tasks import Task
from ..common.errors import UserError
from ..common.known import Named, adopt, read_own
from ..models.cards import ModelCard
from ..study.study import Study
from .cards import cards_of
from .tasks import tasks_of


class _Either(Named):
    """What tells a card from a task."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    architecture: object = None


def add_own(study: Study, path: Path) -> Task | ModelCard:
    """Copy the task or the model card in that YAML file into the study; a card is known by its `architecture`.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG naming line and key; CONFLICT when its name means something else.
    """
    if read_own(path, _Either).architecture is not None:
        found = read_own(path, ModelCard)
        adopt(found, cards_of(study), folder=study.paths.models, source=path)
        return found
    task = read_own(path, Task)
    adopt(task, tasks_of(study), folder=study.paths.tasks, source=path)
    return task


def own_files(study: Study) -> list[Named]:
    """The site's own tasks, then its own cards."""
    return [*tasks_of(study).own, *cards_of(study).own]


def problems_of(study: Study) -> list[UserError]:
    """One for each file in the study's or the user's folders that cannot be used."""
    return [*tasks_of(study).problems, *cards_of(study).problems]
