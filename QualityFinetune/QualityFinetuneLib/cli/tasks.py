"""`tasks`: what can be learned, a site's own tasks among it, and adding a file of one's own to a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cases.tasks import known_tasks
from ..common.resources import own_resources
from ..study.study import Study
from ..workflow.own_files import add_own
from .options import JsonOption, StudyOption
from .output import Output

app = typer.Typer(no_args_is_help=True, help="List tasks, and add a task or a model card of your own to a study.")


@app.command("list")
def list_(study: StudyOption = Path(), json: JsonOption = False) -> None:
    """List every task that can be used, and each file that cannot, with the reason.

    Your own lie in the study's folder `tasks`, or for every study in the folder that is named below the table.

    Example: `quality-finetune tasks list --study pilot`
    """
    output = Output(json_only=json)
    there = known_tasks(*([study / "tasks"] if (study / "study.yaml").is_file() else []))
    for problem in there.problems:
        output.warn(problem.what, problem.why, problem.next)
    output.table(
        "Tasks",
        ["Task", "Title", "Answer", "Series", "From"],
        [
            [name, task.title, task.answer, ", ".join(task.roles), _from(name in there.packaged, there.files[name])]
            for name, task in there.each.items()
        ],
    )
    output.say(f"Your own tasks for every study: {own_resources('tasks')}")
    output.document(
        {
            "tasks": [{**task.model_dump(mode="json"), "own": task in there.own} for task in there.each.values()],
            "problems": [problem.as_dict() for problem in there.problems],
            "folder": own_resources("tasks"),
        }
    )


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="YAML file of a task, or of a model card.")],
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Copy the YAML file of a task or of a model card into the study, where every step then offers it.

    Example: `quality-finetune tasks add significant_cancer.yaml --study pilot`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        added = add_own(opened, file)
    output.say(f"{added.title} ({added.name}) is added to the study.")
    output.document({"added": added})


def _from(packaged: bool, path: Path) -> str:
    return "comes with the module" if packaged else str(path)
