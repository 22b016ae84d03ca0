"""Tasks of a study: the packaged ones, and a site's own as YAML in the study's folder or the user's."""

from __future__ import annotations

from pathlib import Path

from ..cases.tasks import Task, known_tasks, load_task, no_task
from ..common.known import Known, adopt
from ..study.study import Study


def tasks_of(study: Study | None) -> Known[Task]:
    """Every task that can be chosen, and what is wrong with files that cannot; without a study those of the user."""
    return known_tasks(*([study.paths.tasks] if study is not None else []))


def task_of(study: Study, name_or_path: str) -> Task:
    """The task of that name, or in that YAML file, to be used; one from elsewhere is copied into the study.

    With the copy its name keeps its meaning in this study, whatever becomes of the file it came from.

    Raises:
        UserError: NOT_FOUND naming the tasks there are; CONFLICT for a file that redefines a known name.
    """
    there = tasks_of(study)
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        task = load_task(path)
    else:
        found = there.each.get(name_or_path)
        if found is None:
            raise no_task(name_or_path, there)
        task = found
    adopt(task, there, folder=study.paths.tasks, source=path)
    return task
