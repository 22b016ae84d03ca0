"""Tasks of a study: the packaged ones, and a site's own, kept as YAML in the study's folder once used."""

from __future__ import annotations

from pathlib import Path

from ..cases.tasks import Task, load_task, packaged_tasks
from ..common.errors import ErrorCode, UserError
from ..common.yaml_config import load_yaml, save_yaml
from ..study.study import Study


def task_of(study: Study, name_or_path: str) -> Task:
    """The task of that name, or in that YAML file; a file is copied into the study so that its name stays known.

    Raises:
        UserError: NOT_FOUND naming the tasks there are; CONFLICT for a file that redefines a known name.
    """
    if Path(name_or_path).suffix not in {".yaml", ".yml"}:
        kept = _kept(study, name_or_path)
        return load_yaml(kept, Task) if kept.is_file() else _packaged(study, name_or_path)
    task = load_task(name_or_path)
    kept = _kept(study, task.name)
    known = {packaged.name: packaged for packaged in packaged_tasks()}
    if kept.is_file():
        known[task.name] = load_yaml(kept, Task)
    if known.get(task.name, task) != task:
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"The task in {Path(name_or_path).name} cannot be used.",
            why=f"It is called {task.name}, and another task with this name is known already.",
            next="Give it another name.",
        )
    if task.name not in known:
        save_yaml(kept, task)
    return task


def _packaged(study: Study, name: str) -> Task:
    names = {task.name for task in packaged_tasks()} | {
        path.stem for path in _kept(study, name).parent.glob("*.yaml")
    }
    if name not in names:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no task named {name}.",
            why=f"The tasks are: {', '.join(sorted(names))}.",
            next="Choose one of these, or give the path of a task file.",
        )
    return load_task(name)


def _kept(study: Study, name: str) -> Path:
    return study.folder / "tasks" / f"{Path(name).name}.yaml"
