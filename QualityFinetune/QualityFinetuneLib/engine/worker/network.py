"""A network ready to work, from what a job says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.build import ARCHITECTURES, build, outputs_for
from ...models.cards import ModelCard, Postprocessing
from ...models.exam_networks import for_exams
from ...models.loading import load_pretrained
from ...models.meta import ModelMeta
from ...models.networks.classifier import ExamNetwork
from ...models.networks.probe import probe_of
from ...models.networks.split import SplitNetwork
from ...models.package import load_model
from ...models.registry import card as card_of
from ..protocol.jobs import ModelChoice, TrainOptions
from .context import JobContext
from .seeding import seed_torch


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network with what must be known to use it.

    Attributes:
        model: on the CPU.
        meta: grid, channels and postprocessing.
        start: SHA-256 of the weights it started from; empty for random ones.
    """

    model: SplitNetwork
    meta: ModelMeta
    start: str


def network_to_predict(choice: ModelChoice, task: Task) -> Network:
    """The network that already solves `task`.

    Raises:
        UserError: NO_WEIGHTS, WRONG_CHECKPOINT, NOT_FOUND; BAD_JOB when the model solves another task.
    """
    if choice.folder is not None:
        model, meta = load_model(choice.folder)
        _require_more_than_an_encoder(meta)
        _require_task(meta.name, meta.task, meta, task)
        return Network(model=model, meta=meta, start=meta.weights_sha256)
    card = card_of(choice.card)
    if task.segments:
        _require_segmentation(card)
    else:
        card = for_exams(card, task)
    if choice.weights is None and card.task is not None:
        _require_task(card.title, card.task, None, task)
    if choice.weights is None and card.task is None:
        raise UserError(
            ErrorCode.NO_WEIGHTS,
            what=f"{card.title} cannot predict by itself.",
            why="Its card names no finetuned weights.",
            next="Finetune it first, or give the file of a finetuned checkpoint.",
        )
    outputs = _outputs(task) if choice.weights or card.outputs is None else card.outputs
    build_options: dict[str, Any] = dict(card.options)
    model = build(card.architecture, outputs=outputs, in_channels=len(card.inputs), **build_options)
    report = load_pretrained(model, choice.weights or card, strict=True)
    meta = ModelMeta.from_card(
        card, name=card.name, task=task.name, labels=task.labels, outputs=outputs, mode="full", **_asked(task)
    )
    return Network(model=model.eval(), meta=meta, start=report.sha256)


def network_to_train(
    choice: ModelChoice, task: Task, *, options: TrainOptions, seed: int, simulated: bool, context: JobContext
) -> Network:
    """The network that is to learn `task`: a card's or a finished run's, with fresh outputs where they do not fit.

    Raises:
        UserError: NO_WEIGHTS, WRONG_CHECKPOINT, NOT_FOUND, BAD_CONFIG.
    """
    outputs = _outputs(task)
    known = load_model(choice.folder) if choice.folder is not None else None
    base: ModelCard | ModelMeta = _as_network(known[1]) if known is not None else card_of(choice.card)
    if task.segments:
        _require_segmentation(base)
    else:
        base = for_exams(base, task)
    seed_torch(seed, "weights")  # the parts that start at random are the same in every mode
    architecture, described = base.architecture, base.options
    if options.mode == "probe":
        architecture, described = probe_of(architecture, described)
    wanted = {"dropout": options.dropout, "drop_path": options.drop_path}
    build_options: dict[str, Any] = described | {name: rate for name, rate in wanted.items() if rate is not None}
    model = build(architecture, outputs=outputs, in_channels=len(base.inputs), **build_options)
    start = ""
    if options.mode != "scratch":
        if known is not None:
            start = known[1].weights_sha256
            own = model.state_dict()
            fitting = {k: v for k, v in known[0].state_dict().items() if k in own and v.shape == own[k].shape}
            model.load_state_dict(fitting, strict=False)
            fresh = len(own) - len(fitting)
            context.log(f"Started from {base.name}: {len(fitting)} of {len(own)} tensors fit, {fresh} start fresh.")
        else:
            assert isinstance(base, ModelCard)
            report = load_pretrained(model, choice.weights or base, strict=False)
            start = report.sha256
            context.log(report.summary())
    changes: dict[str, Any] = {
        "architecture": architecture,
        "options": build_options,
        "patch": patch_for(base, model, options),
        # What the card says about turning outputs into masks belongs to the card's own weights.
        "postprocessing": Postprocessing(largest_component=task.largest_component),
        "simulated": simulated,
        "trained_on": {"seed": seed, "epochs": options.epochs, "start": start},
        **_asked(task),
    }
    common: dict[str, Any] = {"name": task.name, "task": task.name, "labels": task.labels, "outputs": outputs}
    common["mode"] = options.mode
    if isinstance(base, ModelCard):
        meta = ModelMeta.from_card(base, **common, **changes)
    else:
        meta = ModelMeta.model_validate(base.model_dump() | common | changes | {"weights_sha256": ""})
    return Network(model=model, meta=meta, start=start)


def patch_for(base: ModelCard | ModelMeta, model: SplitNetwork, options: TrainOptions) -> tuple[int, int, int]:
    """The patch to train with, in voxels (x, y, z), enlarged to what the network can halve without loss."""
    x, y, z = options.patch or base.patch
    factor = model.size_factor if base.axes == "xyz" else tuple(reversed(model.size_factor))
    return (_up(x, factor[0]), _up(y, factor[1]), _up(z, factor[2]))


def label_probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Probabilities of the labels (N, labels, ...) without background: sigmoid of one output, softmax of several."""
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)[:, 1:]


def _outputs(task: Task) -> int:
    """Output channels of a network for the task."""
    return outputs_for(len(task.labels)) if task.segments else task.outputs


def _asked(task: Task) -> dict[str, object]:
    """What a model's description keeps of a question about whole exams."""
    return {"answer": task.answer, "choices": task.choices, "values": task.values}


def _up(extent: int, factor: int) -> int:
    return -(-extent // factor) * factor


def _as_network(meta: ModelMeta) -> ModelMeta:
    """The description of the whole network that a pretrained encoder belongs to; others as they are."""
    if meta.predicts != "encoder":
        return meta
    exam = issubclass(ARCHITECTURES[meta.architecture], ExamNetwork)
    return meta.model_copy(update={"predicts": "classification" if exam else "segmentation"})


def _require_more_than_an_encoder(meta: ModelMeta) -> None:
    if meta.predicts == "encoder":
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{meta.name} cannot predict by itself.",
            why="It is an encoder that was pretrained without labels.",
            next="Finetune it on a task first, then predict with the model that comes out.",
        )


def _require_segmentation(base: ModelCard | ModelMeta) -> None:
    if base.predicts != "segmentation":
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{base.name} cannot segment.",
            why=f"It is made for {base.predicts}.",
            next="Choose a segmentation model.",
        )


def _require_task(model: str, has: str, meta: ModelMeta | None, task: Task) -> None:
    """`meta` is None for a card's own weights, which tell their task by name alone."""
    wanted = _told(task.name, task)
    found = f"the task {has}" if meta is None else _told(has, meta)
    same_question = meta is None or (meta.answer, meta.choices, meta.values) == (
        task.answer,
        task.choices,
        task.values,
    )
    same_labels = meta is None or [one.short for one in meta.labels] == [one.short for one in task.labels]
    if has != task.name or not same_question or not same_labels:
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{model} cannot predict {task.title}.",
            why=f"It was trained for {found}, not for {wanted}.",
            next="Choose a model trained for this task, or finetune one.",
        )


def _told(name: str, what: ModelMeta | Task) -> str:
    parts = [label.short for label in what.labels] + [choice.name for choice in what.choices]
    parts += [f"{value.short} in {value.unit}" for value in what.values]
    return f"the task {name}" + (f" with {', '.join(parts)}" if parts else "")
