"""`models`: the registry's cards and the study's own models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import UserError
from ..models.cards import ModelCard
from ..models.registry import card, known_cards, weights_path
from ..study.study import Study
from ..workflow.cards import card_of
from .options import JsonOption, StudyOption, find_model
from .output import Output

app = typer.Typer(no_args_is_help=True, help="List and show models: the registry's cards and what the study trained.")


@app.command("list")
def list_(study: StudyOption = Path(), json: JsonOption = False) -> None:
    """List the cards of the registry, and the study's models when there is a study.

    Example: `quality-finetune models list --study pilot`
    """
    output = Output(json_only=json)
    there = known_cards(*([study / "models"] if (study / "study.yaml").is_file() else []))
    known = list(there.each.values())
    for problem in there.problems:
        output.warn(problem.what, problem.why, problem.next)
    output.table(
        "Cards",
        ["Card", "Solves", "Inputs", "Weights here", "Licence"],
        [[c.name, c.task or "nothing yet", ", ".join(c.inputs), _weights(c), _short(c.licence)] for c in known],
    )
    own = []
    if (study / "study.yaml").is_file():
        with Study.open(study) as opened:
            own = opened.models.all()
        output.table(
            "Models of this study", ["Model", "Name", "Task", "From card", "Run"],
            [[model.id, model.name, model.task, model.card, model.run_id] for model in own],
        )  # fmt: skip
    output.document(
        {"cards": [{**c.model_dump(mode="json"), "weights_here": _weights(c)} for c in known], "models": own}
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A card, or a model of the study by name or id.")],
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show a card: source, licence, inputs, limits, and where its weights are found.

    Example: `quality-finetune models show taps_gland`
    """
    output = Output(json_only=json)
    if (study / "study.yaml").is_file():
        with Study.open(study) as opened:
            own = find_model(opened, name)
            found = card_of(opened, own.card if own is not None else name)
        if own is not None:
            output.table(own.name, ["Property", "Value"], [[k, v] for k, v in vars(own).items()])
            output.document({"model": own, "card": found})
            return
    else:
        found = card(name)
    rows = [[key, value] for key, value in found.model_dump(mode="json").items() if value not in (None, {}, [])]
    output.table(found.title, ["Property", "Value"], [*rows, ["weights here", _weights(found)]])
    if _weights(found) != "yes" and found.weights.how_to_get:
        output.say(found.weights.how_to_get)
    output.document({"card": {**found.model_dump(mode="json"), "weights_here": _weights(found)}})


def _weights(known: ModelCard) -> str:
    if known.weights.kind == "file":
        return "give a file"
    try:
        return "yes" if weights_path(known) else "no"
    except UserError as error:
        return f"no: {error.why}"


def _short(licence: str) -> str:
    return licence if len(licence) <= 20 else licence.split()[0] + " ..."
