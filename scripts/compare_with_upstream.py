"""Compare ProFound's networks here with the authors' own code, weight for weight.

Usage: python scripts/compare_with_upstream.py FOLDER [--full] [--only PART] [--write-reference [--commit HASH]]

FOLDER is a checkout of pipiwang/ProFound, branch demo. Both sides get the same weights and input by formula
(Testing/fixtures/reference_weights.py). Prints the largest difference relative to the largest value for
segmentation (UPerNet and UNETR), classification, gradients and a remapped sparse checkpoint, and checks the
encoder's blocks and channels in each size; exits with 1 when one exceeds 1e-5.
--full adds the published size 3 x 64 x 224 x 224. --write-reference writes what upstream gave to
Testing/fixtures/profound_reference.json, with which the tests prove the same without upstream.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import types
from collections.abc import Callable
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "Testing"), str(CHECKOUT / "QualityFinetune")]

from fixtures import reference_weights as formula  # noqa: E402
from QualityFinetuneLib.models.build import build  # noqa: E402
from QualityFinetuneLib.models.formats.masked_vit import vit_encoder  # noqa: E402
from QualityFinetuneLib.models.formats.sparse_fcmae import dense_encoder  # noqa: E402
from QualityFinetuneLib.models.networks.rewrites import use_rewrites  # noqa: E402
from QualityFinetuneLib.models.networks.sizes import ENCODER_SIZES  # noqa: E402

SMALL = (32, 64, 64)
FULL = (64, 224, 224)
TOLERANCE = 1e-5
SAMPLES = 32
PROBED = (
    "encoder.downsample_layers.0.0.weight",
    "encoder.stages.0.0.dwconv.weight",
    "encoder.stages.1.2.grn.gamma",
    "encoder.stages.2.4.grn.beta",
    "encoder.stages.3.2.pwconv2.weight",
    "hidden_norm.1.weight",
    "decode_head.psp_modules.3.1.conv.weight",
    "decode_head.bottleneck.conv.weight",
    "decode_head.fpn_bottleneck.conv.weight",
    "auxiliary_head.convs.0.conv.weight",
)


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    upstream = _upstream(arguments.folder)
    parts: dict[str, Callable[[types.SimpleNamespace, tuple[int, int, int]], dict[str, Any]]] = {
        "segmentation": partial(segmentation, gradients=True),
        "classification": classification,
        "sparse": sparse,
        "unetr": unetr,
    }
    if upstream.autoencoder is not None:
        parts["transformer"] = transformer
    elif arguments.only in (None, "transformer"):
        print("The transformer is left out: its blocks are those of the package timm, which is not installed.")
    chosen = {name: part for name, part in parts.items() if arguments.only in (None, name)}
    sizes = encoder_sizes(upstream)
    results = {name: part(upstream, SMALL) for name, part in chosen.items()}
    if arguments.full:
        published = {**chosen, "segmentation": partial(segmentation, gradients=False)}
        for name in ("segmentation", "classification", "unetr"):
            if name in chosen:
                results[f"{name} at the published size"] = published[name](upstream, FULL)
    worst = 0.0
    for part, result in results.items():
        for name, error in result.pop("errors").items():
            worst = max(worst, error)
            print(f"{part:38} {name:28} {error:.1e}")
    print(f"largest relative difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    if arguments.write_reference:
        _write(
            arguments.commit or _commit(arguments.folder),
            {name: results[name] for name in chosen} | {"encoder_sizes": sizes},
        )
    return 0 if worst <= TOLERANCE else 1


def segmentation(upstream: types.SimpleNamespace, size: tuple[int, int, int], *, gradients: bool) -> dict[str, Any]:
    """UPerNet with one output, published form and rewritten form."""
    theirs = upstream.UperNet(
        encoder=upstream.convnextv2_tiny(in_chans=3), in_channels=[96, 192, 384, 768], out_channels=1
    )
    formula.fill(theirs)
    ours = build("profound_conv", outputs=1, in_channels=3)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = formula.values("image", (1, 3, *size))
    facts, errors = _facts(theirs), {}
    with torch.no_grad():
        expected = theirs.eval()(image)
        for form, rewrite in (("as published", False), ("rewritten", True)):
            use_rewrites(ours, rewrite)
            errors[form] = relative(ours.eval()(image), expected)
    facts |= {"input": list(image.shape), "output": _summary(expected)}
    if not gradients:
        return facts | {"errors": errors}
    expected_outputs, expected_gradients = _train_step(theirs, image)
    for form, rewrite in (("as published", False), ("rewritten", True)):
        use_rewrites(ours, rewrite)
        outputs, found = _train_step(ours, image)
        errors[f"auxiliary, {form}"] = relative(outputs[1], expected_outputs[1])
        errors[f"gradients, {form}"] = max(relative(found[name], value) for name, value in expected_gradients.items())
    facts["auxiliary"] = _summary(expected_outputs[1])
    facts["gradients"] = {name: _summary(expected_gradients[name], samples=4) for name in PROBED}
    return facts | {"errors": errors}


def classification(upstream: types.SimpleNamespace, size: tuple[int, int, int]) -> dict[str, Any]:
    """Four classes, two exams at once."""
    theirs = upstream.Classifier(upstream.convnextv2_tiny(in_chans=3), 4)
    formula.fill(theirs)
    ours = build("profound_conv_classifier", outputs=4, in_channels=3)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = formula.values("image", (2, 3, *size))
    errors = {}
    with torch.no_grad():
        expected = theirs.eval()(image)
        for form, rewrite in (("as published", False), ("rewritten", True)):
            use_rewrites(ours, rewrite)
            errors[form] = relative(ours.eval()(image), expected)
    return _facts(theirs) | {"input": list(image.shape), "output": _summary(expected, samples=8), "errors": errors}


def unetr(upstream: types.SimpleNamespace, size: tuple[int, int, int]) -> dict[str, Any]:
    """The UNETR decoder with one output, as upstream's demo builds it."""
    theirs = upstream.ConvnextUNETR(
        in_channels=3, out_channels=1, convnext=upstream.convnextv2_tiny(in_chans=3), feature_size=32
    )
    formula.fill(theirs)
    ours = build("profound_conv_unetr", outputs=1, in_channels=3)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = formula.values("image", (1, 3, *size))
    errors = {}
    with torch.no_grad():
        expected = theirs.eval()(image)
        for form, rewrite in (("as published", False), ("rewritten", True)):
            use_rewrites(ours, rewrite)
            errors[form] = relative(ours.eval()(image), expected)
    return _facts(theirs) | {"input": list(image.shape), "output": _summary(expected), "errors": errors}


def transformer(upstream: types.SimpleNamespace, _: tuple[int, int, int]) -> dict[str, Any]:
    """The masked autoencoder's encoder with no patch masked; its image has one size only."""
    theirs = upstream.autoencoder()
    positions = theirs.pos_embed.detach().clone()
    formula.fill(theirs)
    theirs.pos_embed.data.copy_(positions)
    ours = build("profound_vit_classifier", outputs=4, in_channels=3).encoder
    errors = {"positions": relative(ours.pos_embed, positions)}
    ours.load_state_dict(vit_encoder(theirs.state_dict()), strict=True)
    image = formula.values("image", (1, 3, 64, 256, 256))
    with torch.no_grad():
        shuffled, _mask, order = theirs.eval().forward_encoder(image, 0.0)
        places = order[..., None].expand(-1, -1, shuffled.shape[-1])
        expected = torch.cat([shuffled[:, :1], shuffled[:, 1:].gather(1, places)], dim=1)
        errors["tokens"] = relative(ours.eval().tokens(image), expected)
    return {
        "parameters": sum(value.numel() for value in ours.parameters()),
        "tensors": {name: list(value.shape) for name, value in vit_encoder(theirs.state_dict()).items()},
        "positions": _summary(positions),
        "input": list(image.shape),
        "output": _summary(expected, samples=64),
        "errors": errors,
    }


def encoder_sizes(upstream: types.SimpleNamespace) -> dict[str, list[list[int]]]:
    """Blocks and channels of upstream's encoder in each size, which ours must have."""
    built = upstream.convnextv2.ConvNeXtV2
    upstream.convnextv2.ConvNeXtV2 = lambda *, depths, dims: [
        depths,
        dims,
    ]  # the factories give what they would build
    found = {}
    for name, size in ENCODER_SIZES.items():
        prefix = "convnext" if name == "pico" else "convnextv2"
        found[name] = getattr(upstream.convnextv2, f"{prefix}_{name}")()
        if found[name] != [list(part) for part in size]:
            raise SystemExit(f"the encoder of size {name} is not upstream's")
    upstream.convnextv2.ConvNeXtV2 = built
    return found


def sparse(upstream: types.SimpleNamespace, size: tuple[int, int, int]) -> dict[str, Any]:
    """A sparse pretrained checkpoint under upstream's names, remapped by both sides."""
    theirs = upstream.convnextv2_tiny(in_chans=3)
    shapes = formula.sparse_shapes({name: tuple(value.shape) for name, value in theirs.state_dict().items()})
    checkpoint = {name: formula.weight(name, shape) for name, shape in shapes.items()}
    declared = {name: tuple(value.shape) for name, value in upstream.sparse_encoder().state_dict().items()}
    invented = {name.removeprefix("encoder."): shape for name, shape in shapes.items() if name.startswith("encoder.")}
    if declared != invented:
        raise SystemExit(
            f"the sparse names are not upstream's: {sorted(set(declared.items()) ^ set(invented.items()))[:4]}"
        )
    expected = upstream.remap_checkpoint_keys({"model": dict(checkpoint)})
    found = dense_encoder(checkpoint)
    if list(expected) != list(found):
        raise SystemExit(f"remapped names differ: {sorted(set(expected) ^ set(found))[:4]}")
    errors = {"tensors": max(relative(found[name], value) for name, value in expected.items())}
    formula.fill(theirs)
    ours = build("profound_conv_classifier", outputs=4, in_channels=3).encoder
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(expected, strict=False)
    ours.load_state_dict(found, strict=False)
    image = formula.values("image", (1, 3, *size))
    with torch.no_grad():
        vector = theirs.eval()(image)
        errors["encoder output"] = relative(ours.eval()(image), vector)
    return {
        "tensors": {name: [list(value.shape), formula.digest(value)] for name, value in expected.items()},
        "input": list(image.shape),
        "output": _summary(vector),
        "errors": errors,
    }


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference over the largest value; infinite when shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return ((found - expected).abs().max() / expected.abs().max()).item()


def _train_step(model: nn.Module, image: Tensor) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Outputs in training mode and gradients of a fixed weighted sum of them."""
    model.train().zero_grad()
    outputs = model(image)
    sum(
        (output * formula.values(f"probe {n}", tuple(output.shape))).sum() for n, output in enumerate(outputs)
    ).backward()
    found = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    return [output.detach() for output in outputs], found


def _facts(model: nn.Module) -> dict[str, Any]:
    state = model.state_dict()
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "encoder_parameters": sum(parameter.numel() for parameter in model.encoder.parameters()),
        "tensors": {name: list(value.shape) for name, value in state.items()},
    }


def _summary(tensor: Tensor, *, samples: int = SAMPLES) -> dict[str, Any]:
    flat = tensor.detach().flatten()
    places = torch.linspace(0, len(flat) - 1, min(samples, len(flat)), dtype=torch.float64).round().long().tolist()
    return {
        "shape": list(tensor.shape),
        "mean": flat.double().mean().item(),
        "std": flat.double().std().item(),
        "largest": flat.abs().max().item(),
        "samples": [[place, flat[place].item()] for place in places],
    }


def _commit(folder: Path) -> str | None:
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def _write(commit: str | None, results: dict[str, Any]) -> None:
    header = {
        "what": "Facts measured from the authors' code of ProFound with weights and inputs by formula.",
        "written_by": "scripts/compare_with_upstream.py --write-reference",
        "upstream": {"repository": "pipiwang/ProFound", "branch": "demo", "commit": commit},
        "tolerance": TOLERANCE,
    }
    path = CHECKOUT / "Testing" / "fixtures" / "profound_reference.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(
        json.dumps(kept | header | results, indent=None, separators=(",", ":")).replace(',"', ',\n"') + "\n"
    )
    print(f"wrote {path.relative_to(CHECKOUT)}")


def _upstream(folder: Path) -> types.SimpleNamespace:
    """Upstream's classes, with stand-ins for two packages that they import and these networks do not need."""
    if not (folder / "models" / "upernet_module.py").is_file():
        raise SystemExit(
            f"{folder} is no checkout of pipiwang/ProFound, branch demo: models/upernet_module.py is missing"
        )
    with_timm = importlib.util.find_spec("timm") is not None
    timm = ("timm", "timm.models", "timm.models.layers", "timm.layers")
    for name in (*(() if with_timm else timm), "MinkowskiEngine", "MinkowskiEngine.MinkowskiOps"):
        sys.modules[name] = types.ModuleType(name)
    if with_timm:
        sys.meta_path.insert(0, _Unneeded)
    else:
        sys.modules["timm.models.layers"].__dict__.update(trunc_normal_=nn.init.trunc_normal_, DropPath=nn.Identity)
    sys.modules["MinkowskiEngine"].__dict__.update(
        MinkowskiConvolution=_SparseConvolution,
        MinkowskiChannelwiseConvolution=_SparseChannelwise,
        MinkowskiLinear=_SparseLinear,
        MinkowskiGELU=nn.GELU,
    )
    sys.modules["MinkowskiEngine.MinkowskiOps"].__dict__.update(to_sparse=None)
    sys.path.insert(0, str(folder))
    from models import util

    if not hasattr(util, "MinkowskiGRN"):  # commented out on branch demo, still imported by the sparse encoder
        util.MinkowskiGRN = _SparseResponseNorm
    from models.classifier import Classifier
    from models.convnext_unter import ConvnextUNETR
    from models.convnextv2 import convnextv2_tiny, remap_checkpoint_keys
    from models.convnextv2_sparse import SparseConvNeXtV2
    from models.upernet_module import UperNet

    from models import convnextv2

    if with_timm:
        from models import mae
    return types.SimpleNamespace(
        autoencoder=mae.mae_vit_base_patch16 if with_timm else None,
        UperNet=UperNet,
        ConvnextUNETR=ConvnextUNETR,
        Classifier=Classifier,
        convnextv2=convnextv2,
        convnextv2_tiny=convnextv2_tiny,
        remap_checkpoint_keys=remap_checkpoint_keys,
        sparse_encoder=SparseConvNeXtV2,
    )


class _Unneeded:
    """Finds what timm imports but its blocks do not use: torchvision, and timm's own data pipeline."""

    class Module(types.ModuleType):
        def __getattr__(self, name: str) -> type:
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (), {})

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        unneeded = name.split(".")[0] == "torchvision" or name.startswith("timm.data")
        return ModuleSpec(name, _Unneeded, is_package=True) if unneeded else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> types.ModuleType:
        return _Unneeded.Module(spec.name)

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        pass


class _SparseConvolution(nn.Module):
    """Holds parameters in MinkowskiEngine's shapes: taps first, none for a pointwise kernel, bias of two axes."""

    def __init__(self, incoming: int, outgoing: int, *, kernel_size: int, dimension: int, **_: object) -> None:
        super().__init__()
        taps = kernel_size**dimension
        self.kernel = nn.Parameter(torch.zeros(*((taps,) if taps > 1 else ()), incoming, outgoing))
        self.bias = nn.Parameter(torch.zeros(1, outgoing))


class _SparseChannelwise(nn.Module):
    def __init__(self, channels: int, *, kernel_size: int, dimension: int, **_: object) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(kernel_size**dimension, channels))
        self.bias = nn.Parameter(torch.zeros(1, channels))


class _SparseLinear(nn.Module):
    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.linear = nn.Linear(incoming, outgoing)


class _SparseResponseNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, channels))
        self.beta = nn.Parameter(torch.zeros(1, channels))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="checkout of pipiwang/ProFound, branch demo")
    parser.add_argument("--full", action="store_true", help="also at 3 x 64 x 224 x 224")
    parser.add_argument(
        "--write-reference", action="store_true", help="write Testing/fixtures/profound_reference.json"
    )
    parser.add_argument(
        "--only", choices=["segmentation", "classification", "sparse", "unetr", "transformer"], help="one part alone"
    )
    parser.add_argument("--commit", help="upstream's commit, where FOLDER is no git checkout")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
