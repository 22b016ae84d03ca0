"""Install what the engine needs into Slicer's own Python: PyTorch by its extension, MONAI, the default weights."""

from __future__ import annotations

import slicer

from ..common.errors import ErrorCode, UserError
from .i18n import tr as _

LIBRARIES = "monai>=1.5 safetensors>=0.4 onnx>=1.16"
WEIGHTS = "--no-deps lavlab-taps==1.1.2"
"""A package of which only one file is used: its own requirements would change much of Slicer's Python."""


def install_engine() -> None:
    """Install all of it; blocks, and PyTorch alone is a download of one to three gigabytes.

    Raises:
        UserError: MISSING_PACKAGE when the PyTorch extension is absent, the user declined, or pip failed.
    """
    try:
        import PyTorchUtils  # type: ignore[import-not-found]  # a module of the PyTorch extension
    except ImportError as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what=_("The engine cannot be installed yet."),
            why=_("Slicer installs PyTorch through its PyTorch extension, which is not there."),
            next=_("Install the extension PyTorch in the Extensions Manager and restart Slicer, or choose a Python."),
        ) from error
    try:
        if PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=True) is None:
            raise RuntimeError(_("PyTorch was not installed"))
        slicer.util.pip_install(LIBRARIES)
        slicer.util.pip_install(WEIGHTS)
    except Exception as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what=_("The engine was not installed completely."),
            why=f"{error}.",
            next=_("Check the network connection and try again, or choose a Python that has it."),
        ) from error
