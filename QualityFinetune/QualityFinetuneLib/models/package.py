"""A finetuned model as a folder: `model.safetensors` with the weights, `model.yaml` with everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from ..common.files import sha256_of, write_with
from ..common.yaml_config import load_yaml, save_yaml
from .adapters import merged_state
from .auto3dseg import WEIGHTS_FILE, read_auto3dseg
from .build import build
from .checkpoints import read_checkpoint
from .meta import DESCRIPTION, HEADER_KEY, WEIGHTS, ModelMeta, described_in, read_meta
from .networks.masked import EncoderAlone
from .networks.split import SplitNetwork
from .refusals import wrong

__all__ = ["ModelMeta", "load_model", "read_meta", "save_model"]


def save_model(folder: Path, model: SplitNetwork, meta: ModelMeta) -> ModelMeta:
    """Write the model's folder, replacing one of the same place.

    The weights file also carries the description in its header and is replaced in one step, so a folder never holds
    weights that are described wrongly, whenever the process is killed. Low-rank adapters are written as part of the
    weights that they adapt, so the folder holds the plain network.

    Returns:
        `meta` with the hash of the weights as written.
    """
    header = {HEADER_KEY: meta.model_copy(update={"weights_sha256": ""}).model_dump_json(), "format": "pt"}
    tensors = {name: value.detach().cpu().contiguous() for name, value in merged_state(model).items()}
    path = folder / WEIGHTS
    write_with(path, lambda temporary: save_file(tensors, temporary, metadata=header))
    saved = meta.model_copy(update={"weights_sha256": sha256_of(path)})
    save_yaml(folder / DESCRIPTION, saved)
    return saved


def load_model(folder: Path) -> tuple[SplitNetwork, ModelMeta]:
    """The network with its weights, on the CPU in evaluation mode, and its description.

    A pretrained encoder comes alone, without the decoder of the network that it belongs to. A folder in the format
    of MONAIAuto3DSeg is read too.

    Raises:
        UserError: NO_WEIGHTS, BAD_CONFIG or WRONG_CHECKPOINT.
    """
    path = folder / WEIGHTS
    if not path.exists() and (folder / WEIGHTS_FILE).is_file():
        return read_auto3dseg(folder)
    checkpoint = read_checkpoint(path)
    description = folder / DESCRIPTION
    meta = load_yaml(description, ModelMeta) if description.is_file() else None
    if meta is None or meta.weights_sha256 != checkpoint.sha256:
        meta = described_in(path).model_copy(update={"weights_sha256": checkpoint.sha256})
    options: dict[str, Any] = dict(meta.options)
    model = build(meta.architecture, outputs=meta.outputs, in_channels=meta.in_channels, **options)
    if meta.predicts == "encoder":
        model = EncoderAlone(model.encoder)
    try:
        model.load_state_dict(checkpoint.tensors, strict=True)
    except RuntimeError as error:
        raise wrong(path, "Its weights do not fit the network that it describes.") from error
    return model.eval(), meta
