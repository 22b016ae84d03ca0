"""Models in the folder format of the Slicer extension MONAIAuto3DSeg: read as a start, and written for it to run.

A folder holds `model.pt` ({"config", "state_dict", ...}) and `labels.csv` (label values with standard codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..cases.roles import Role
from ..cases.tasks import Label
from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of, write_text, write_with
from .build import build
from .formats.auto3dseg import ZSCORE, NotOursError, network_description, network_options
from .formats.label_table import labels_of, table_of
from .formats.torch_file import torch_content
from .meta import ModelMeta
from .networks.segresnet import SegResNet
from .networks.split import SplitNetwork
from .refusals import unreadable, wrong

WEIGHTS_FILE = "model.pt"
LABELS_FILE = "labels.csv"
ENTRY_FILE = "Models-entry.json"

USUAL_INPUTS: dict[int, tuple[str, ...]] = {1: ("t2w",), 2: ("t2w", "adc")}
"""Roles that are taken where nobody says which; the format does not name them."""

CROP_MARGIN = 10
OVERLAP = 0.625
"""What the extension uses for every model."""


def read_auto3dseg(
    folder: Path, *, task: str = "imported", inputs: Sequence[Role] | None = None
) -> tuple[SplitNetwork, ModelMeta]:
    """The network of such a folder with its weights, in evaluation mode, and its description.

    The format does not say where the axes of images point unless they are brought to RAS; LPS is taken then, in which
    axial exams are usually stored.

    Args:
        folder: holds `model.pt` and `labels.csv`.
        task: what to call what it solves.
        inputs: roles in channel order; None takes T2w, or T2w and ADC for two channels.

    Raises:
        UserError: NO_WEIGHTS when a file is missing, WRONG_CHECKPOINT when the model is of a kind that is not read.
    """
    path = folder / WEIGHTS_FILE
    try:
        sha256 = sha256_of(path)
        table = (folder / LABELS_FILE).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise unreadable(Path(error.filename or path), error) from error
    except UnicodeDecodeError as error:
        raise wrong(folder / LABELS_FILE, "It is not a text file.") from error
    content = torch_content(path)
    if not isinstance(content, Mapping) or not {"config", "state_dict"} <= set(content):
        raise wrong(path, "It holds no network description beside its weights.")
    try:
        meta = _meta(content["config"], labels_of(table), folder=folder, task=task, inputs=inputs, sha256=sha256)
    except (NotOursError, LookupError, TypeError, ValueError) as error:
        raise wrong(path, f"It cannot be used here: {error}.", "Choose another model.") from error
    model = build(meta.architecture, outputs=meta.outputs, in_channels=meta.in_channels, **meta.options)  # type: ignore[arg-type]
    try:
        model.load_state_dict(content["state_dict"], strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise wrong(path, "Its weights do not fit the network that it describes.") from error
    return model.eval(), meta


def write_auto3dseg(folder: Path, model: SplitNetwork, meta: ModelMeta, *, url: str | None = None) -> tuple[str, ...]:
    """Write a model so that MONAIAuto3DSeg runs it.

    Args:
        folder: receives `model.pt` and `labels.csv`; made when needed.
        model: a `segresnet_ds`.
        meta: its description.
        url: where the zipped folder will lie, ending in `-v1.2.3.zip`; then the model's entry for the extension's
            `Models.json` is written too.

    Returns:
        What the extension will do differently from a prediction here, one sentence each.

    Raises:
        UserError: BAD_CONFIG when the format cannot hold the model.
    """
    if not isinstance(model, SegResNet):
        raise _unwritable("The extension runs SegResNetDS networks alone.")
    if meta.orientation != "RAS" or meta.axes != "xyz" or not meta.labels:
        raise _unwritable("The extension needs labels, and image axes in the order x, y, z that point to RAS.")
    if url is not None and not re.search(r"[^/]-v\d+\.\d+\.\d+\.zip$", url):
        raise _unwritable("The address must end in a name with a version, such as gland-v1.0.0.zip.")
    config: dict[str, Any] = {
        "network": network_description(model),
        "sigmoid": meta.outputs == 1,
        "resample_resolution": None if meta.spacing_mm is None else list(meta.spacing_mm),
        "normalize_mode": ZSCORE[0],
        "intensity_bounds": [0.0, 1.0],  # must be there; the z-score does not use it
        "extra_modalities": {role.value: ZSCORE[0] for role in meta.inputs[1:]},
        "roi_size": list(meta.patch),
        "orientation_ras": True,
        "crop_foreground": meta.crop_margin_voxels is not None,
        "class_names": [label.name for label in meta.labels],
    }
    state = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    content = {"config": config, "state_dict": state, "epoch": 0, "best_metric": 0.0}
    write_with(folder / WEIGHTS_FILE, lambda temporary: torch.save(content, temporary))
    write_text(folder / LABELS_FILE, table_of(meta.labels))
    if url is not None:
        write_text(folder / ENTRY_FILE, json.dumps(_entry(meta, url), indent=2, ensure_ascii=False) + "\n")
    return tuple(_differences(meta))


def _meta(
    config: Any,
    labels: tuple[Label, ...],
    *,
    folder: Path,
    task: str,
    inputs: Sequence[Role] | None,
    sha256: str,
) -> ModelMeta:
    network = config["network"]
    channels, outputs = int(network["in_channels"]), int(network["out_channels"])
    modes = [config["normalize_mode"], *dict(config.get("extra_modalities") or {}).values()]
    for mode in modes:
        if mode not in ZSCORE:
            raise NotOursError(f"it normalises intensities by {mode}")
    if config.get("sigmoid", False) and outputs != 1:
        raise NotOursError("its labels overlap")
    if len(labels) != (outputs if config.get("sigmoid", False) else outputs - 1):
        raise NotOursError(f"it has {outputs} outputs for {len(labels)} labels")
    roles = USUAL_INPUTS.get(channels, ()) if inputs is None else tuple(inputs)
    if len(roles) != channels:
        raise NotOursError(f"it takes {channels} images, and which is not told")
    values: dict[str, Any] = {"name": folder.name, "card": "", "task": task, "labels": labels, "mode": "full"}
    values |= {"architecture": "segresnet_ds", "options": network_options(network), "weights_sha256": sha256}
    values |= {"outputs": outputs, "in_channels": channels, "inputs": roles}
    values |= {"spacing_mm": config.get("resample_resolution"), "patch": config["roi_size"], "whole_volume": False}
    values |= {"overlap": OVERLAP, "orientation": "RAS" if config.get("orientation_ras") else "LPS", "axes": "xyz"}
    values |= {"normalisation": "zscore_nonzero"}
    values |= {"crop_margin_voxels": CROP_MARGIN if config.get("crop_foreground", True) else None}
    return ModelMeta.model_validate(values)


def _entry(meta: ModelMeta, url: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": meta.name, "description": f"Finetuned for {meta.task} on prostate MRI."}
    entry |= {"subject": "human", "imagingModality": "MR", "versions": [{"url": url}]}
    if len(meta.inputs) > 1:
        entry["inputs"] = [{"title": role.value.upper(), "namePattern": f"*{role.value}*"} for role in meta.inputs]
    return entry | {"segmentNames": [label.name for label in meta.labels]}


def _differences(meta: ModelMeta) -> list[str]:
    after = meta.postprocessing
    told = []
    if after.logit_blur_sigma_voxels:
        told.append("It does not smooth the network's output.")
    if meta.outputs == 1 and after.threshold != 0.5:
        told.append(f"It takes voxels above a probability of 0.5 instead of {after.threshold:g}.")
    if after.largest_component:
        told.append("It keeps every part and not only the largest.")
    return told


def _unwritable(why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_CONFIG,
        what="The model cannot be written for MONAIAuto3DSeg.",
        why=why,
        next="Choose a SegResNetDS model that was finetuned here.",
    )
