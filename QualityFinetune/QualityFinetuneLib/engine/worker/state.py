"""`last.pt`: everything a run needs to go on as if it had never been interrupted."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...common.errors import ErrorCode, UserError
from ...common.files import write_with
from .context import JobContext

LAST = "last.pt"
_FORMAT = 1


@dataclass(kw_only=True)
class TrainingState:
    """What is written after each epoch. Randomness is drawn by name (`seeding`), so no generator is in here.

    Attributes:
        fingerprint: hash of the job and its data; a run is only resumed with the same.
        epoch: epochs that are complete.
        weights: every trained parameter and every buffer, by name; a frozen encoder comes from its own file.
        optimiser: AdamW's state.
        average: running mean of what learns, by name; empty where none is kept.
        averaged_steps: steps that are in it.
        scaler: scale of fp16's gradients; empty in other formats.
        best_value: of the best epoch so far, larger is better; None before the first.
        best_epoch: which epoch that was, counted from 1.
        stopped_early: True once there was no better value for long enough; the run is complete then.
        history: one row an epoch.
        timing: one row an epoch, of what differs from run to run.
        parts: into how many a batch is cut to fit into memory.
        patch: voxels shown, in the network's order of axes.
        recompute: whether activations are computed twice to save memory.
    """

    fingerprint: str
    patch: tuple[int, int, int]
    epoch: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    average: dict[str, Tensor] = field(default_factory=dict)
    averaged_steps: int = 0
    scaler: dict[str, Any] = field(default_factory=dict)
    best_value: float | None = None
    best_epoch: int | None = None
    stopped_early: bool = False
    history: list[dict[str, float | int | None]] = field(default_factory=list)
    timing: list[dict[str, float | int]] = field(default_factory=list)
    parts: int = 1
    recompute: bool = False


def save_state(folder: Path, state: TrainingState) -> Path:
    """Write `last.pt`, completely or not at all."""
    path = folder / LAST
    shallow = {name: getattr(state, name) for name in state.__dataclass_fields__}
    write_with(path, lambda temporary: torch.save({"format": _FORMAT, **shallow}, temporary))
    return path


def load_state(folder: Path, *, fingerprint: str) -> TrainingState | None:
    """What `last.pt` holds; None when there is none.

    Raises:
        UserError: WRONG_CHECKPOINT when it is damaged, CONFLICT when it belongs to another job.
    """
    path = folder / LAST
    remove_leftovers(folder)
    if not path.is_file():
        return None
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        if found.pop("format") != _FORMAT:
            raise KeyError("format")
        state = TrainingState(**found)
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
    ) as error:
        raise UserError(
            ErrorCode.WRONG_CHECKPOINT,
            what=f"The run in {folder.name} cannot be resumed.",
            why=f"Its {LAST} is damaged or was written by another version.",
            next="Start the run again from the beginning.",
        ) from error
    if state.fingerprint != fingerprint:
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"The run in {folder.name} cannot be resumed with this job.",
            why="Its model, settings, seed, images or masks differ from those it was started with.",
            next="Resume it with the job it was started with, or start a new run.",
        )
    state.patch = tuple(state.patch)  # type: ignore[assignment]
    return state


def resumed(folder: Path, *, fingerprint: str, epochs: int, context: JobContext) -> TrainingState | None:
    """What `last.pt` holds, told; None, told too, when there is none.

    Raises:
        UserError: see `load_state`.
    """
    found = load_state(folder, fingerprint=fingerprint)
    if found is None:
        context.log("There is nothing to resume yet; the run starts from the beginning.")
    else:
        context.log(f"Resumed after epoch {found.epoch} of {epochs}.")
    return found


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed process left of a half-written `last.pt`."""
    for path in folder.glob(f".{Path(LAST).stem}-*{Path(LAST).suffix}"):
        path.unlink(missing_ok=True)


def trained_weights(model: nn.Module, learning: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
    """Copies of the parameters that learn, whether at rest now or not, and of all buffers."""
    kept: dict[str, Tensor] = {**learning, **dict(model.named_buffers())}
    return {name: value.detach().cpu().clone() for name, value in kept.items()}
