"""The authors' classes of ProFound, imported from a checkout without the packages that these networks do not need."""

from __future__ import annotations

import importlib.util
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

from sparse_stand_ins import add_sparse_stand_ins
from torch import nn


def upstream_code(folder: Path) -> types.SimpleNamespace:
    """Upstream's classes; `autoencoder` is None where the package timm, whose blocks it uses, is not installed.

    Args:
        folder: a checkout of pipiwang/ProFound, branch demo.

    Raises:
        SystemExit: when it is none.
    """
    if not (folder / "models" / "upernet_module.py").is_file():
        raise SystemExit(
            f"{folder} is no checkout of pipiwang/ProFound, branch demo: models/upernet_module.py is missing"
        )
    with_timm = importlib.util.find_spec("timm") is not None
    if with_timm:
        sys.meta_path.insert(0, _Unneeded)
    else:
        for name in ("timm", "timm.models", "timm.models.layers", "timm.layers"):
            sys.modules[name] = types.ModuleType(name)
        sys.modules["timm.models.layers"].__dict__.update(trunc_normal_=nn.init.trunc_normal_, DropPath=nn.Identity)
    sys.path.insert(0, str(folder))
    add_sparse_stand_ins()
    from models.classifier import Classifier
    from models.convnext_unter import ConvnextUNETR
    from models.convnextv2_sparse import SparseConvNeXtV2
    from models.upernet_module import UperNet

    from models import convnextv2

    autoencoder = None
    if with_timm:
        from models import mae

        autoencoder = mae.mae_vit_base_patch16
    return types.SimpleNamespace(
        autoencoder=autoencoder,
        UperNet=UperNet,
        ConvnextUNETR=ConvnextUNETR,
        Classifier=Classifier,
        convnextv2=convnextv2,
        convnextv2_tiny=convnextv2.convnextv2_tiny,
        remap_checkpoint_keys=convnextv2.remap_checkpoint_keys,
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
