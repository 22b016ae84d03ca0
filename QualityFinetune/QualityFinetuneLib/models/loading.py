"""Pretrained weights into a network, with an account of what fitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..common.errors import ErrorCode, UserError
from .cards import ModelCard
from .checkpoints import Checkpoint, read_checkpoint
from .formats.masked_vit import is_masked_vit, vit_encoder
from .formats.sparse_fcmae import dense_encoder, is_sparse
from .networks.split import SplitNetwork
from .refusals import unreadable, wrong
from .registry import weights_path
from .wheels import weights_in


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What became of each name when weights were loaded.

    Attributes:
        matched: loaded as they are.
        reshaped: loaded into a first convolution with more image channels; the further channels start at zero, so
            the network begins as it was on the channels it knows.
        missing: in the network but not in the file; they keep their random start.
        unexpected: in the file but not in the network.
        other_shape: in both with different shapes; they keep their random start.
        source: the file.
        sha256: of its content.
    """

    matched: tuple[str, ...]
    reshaped: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    other_shape: tuple[str, ...]
    source: str
    sha256: str

    def summary(self) -> str:
        """One line for a log or a panel."""
        counts = {
            "loaded": self.matched,
            "widened for more channels": self.reshaped,
            "not in the file": self.missing,
            "of another shape": self.other_shape,
            "not used": self.unexpected,
        }
        told = [f"{len(names)} {what}" for what, names in counts.items() if names]
        return f"{Path(self.source).name} ({self.sha256[:12]}): {', '.join(told)}."


def load_pretrained(model: SplitNetwork, source: ModelCard | Path | str, *, strict: bool) -> LoadReport:
    """Load a card's weights or a file of the user's into `model`.

    Args:
        model: built by `models.build.build`; changed only when loading succeeds.
        source: a card whose weights are on this machine, or a file: a finetuned or a pretrained ProFound checkpoint
            (dense or sparse), `taps_gland`'s ONNX or wheel, or safetensors.
        strict: True for weights to predict with: each name the prediction needs must fit and none be left over.
            False for a start to train from: the encoder must fit, the rest is taken where it fits.

    Raises:
        UserError: NO_WEIGHTS, HASH_MISMATCH or WRONG_CHECKPOINT.
    """
    checkpoint = _read(source)
    state = _for_model(checkpoint, model)
    own = model.state_dict()
    matched, reshaped, other_shape = [], [], []
    fitting: dict[str, Tensor] = {}
    for name, value in state.items():
        if name not in own:
            continue
        if value.shape == own[name].shape:
            matched.append(name)
            fitting[name] = value
        elif not strict and _widens(value, own[name]):
            reshaped.append(name)
            fitting[name] = torch.zeros_like(own[name])
            fitting[name][:, : value.shape[1]] = value
        else:
            other_shape.append(name)
    report = LoadReport(
        matched=tuple(matched),
        reshaped=tuple(reshaped),
        missing=tuple(name for name in own if name not in state),
        unexpected=tuple(name for name in state if name not in own),
        other_shape=tuple(other_shape),
        source=checkpoint.source,
        sha256=checkpoint.sha256,
    )
    _check(report, model, state, strict=strict)
    model.load_state_dict(fitting, strict=False)
    return report


def _read(source: ModelCard | Path | str) -> Checkpoint:
    if not isinstance(source, ModelCard):
        path = Path(source)
        if path.suffix != ".whl":
            return read_checkpoint(path)
        try:
            weights = weights_in(path)
        except OSError as error:
            raise unreadable(path, error) from error
        return read_checkpoint(path, member=weights.member, sha256=weights.sha256)
    found = weights_path(source)
    if found is None:
        raise UserError(
            ErrorCode.NO_WEIGHTS,
            what=f"The weights of {source.title} are not on this machine.",
            why="They do not ship with this module.",
            next=source.weights.how_to_get or "Give the path of a checkpoint file.",
        )
    return read_checkpoint(found, member=source.weights.member, sha256=source.weights.sha256)


def _for_model(checkpoint: Checkpoint, model: SplitNetwork) -> dict[str, Tensor]:
    """The checkpoint under the network's names: an autoencoder's encoder alone, in dense form, under `encoder.`."""
    state = checkpoint.tensors
    if is_masked_vit(state):
        state = vit_encoder(state)
    elif is_sparse(state):
        try:
            state = dense_encoder(state)
        except ValueError as error:
            raise wrong(Path(checkpoint.source), f"It does not fit the network: {error}.") from error
    encoder = set(model.encoder.state_dict())
    if len(encoder & set(state)) > len(set(model.state_dict()) & set(state)):
        return {f"encoder.{name}": value for name, value in state.items()}
    return state


def _widens(value: Tensor, own: Tensor) -> bool:
    """True for a convolution kernel that differs only by fewer input channels."""
    return (
        value.ndim == own.ndim == 5
        and value.shape[0] == own.shape[0]
        and value.shape[2:] == own.shape[2:]
        and value.shape[1] < own.shape[1] <= 8
    )


def _check(report: LoadReport, model: SplitNetwork, state: dict[str, Tensor], *, strict: bool) -> None:
    path = Path(report.source)
    lacking = [*report.missing, *report.other_shape]
    if strict:
        lacking = [name for name in lacking if not name.startswith(model.training_only)]
        if lacking or report.unexpected:
            raise wrong(
                path,
                f"It belongs to another network: {_differences(report, state, model)}.",
                "Choose a checkpoint of this model and task, or finetune from it instead of predicting with it.",
            )
        return
    needed = [name for name in lacking if name.startswith("encoder.") and not name.startswith("encoder.norm.")]
    if needed:
        raise wrong(
            path,
            f"Its encoder is not this network's: {_differences(report, state, model)}.",
            "Choose a checkpoint of this model, or another model for this checkpoint.",
        )


def _differences(report: LoadReport, state: dict[str, Tensor], model: SplitNetwork) -> str:
    own = model.state_dict()
    told = [f"{name} is {_shape(state[name])} instead of {_shape(own[name])}" for name in _first(report.other_shape)]
    told += [f"{name} is missing" for name in _first(report.missing)]
    told += [f"{name} is left over" for name in _first(report.unexpected)]
    total = len(report.other_shape) + len(report.missing) + len(report.unexpected)
    more = total - len(told)
    return ", ".join(told) + (f", and {more} more" if more else "")


def _first(names: Iterable[str]) -> list[str]:
    return list(names)[:2]


def _shape(tensor: Tensor) -> str:
    return "x".join(str(extent) for extent in tensor.shape) or "a number"
