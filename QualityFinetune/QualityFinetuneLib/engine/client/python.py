"""Which Python runs the worker, and in which environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ...common.errors import ErrorCode, UserError

VARIABLE = "QUALITYFINETUNE_PYTHON"
MODULE_FOLDER = Path(__file__).resolve().parents[3]
"""The folder that holds QualityFinetuneLib."""

# What Slicer's launcher sets for its own Python and libraries; poison for any other Python.
_SLICER_ONLY = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "PATH")
_SAVED = "APPLAUNCHER_0_"  # the launcher (CTK AppLauncher) keeps each variable's original value under this prefix

# glibc gives each large tensor back to the system when it is freed, and clearing its pages anew for the next one
# costs a training step on the CPU almost half its time. Other systems ignore these; what a user has set stays.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
    "MALLOC_TOP_PAD_": str(1 << 28),
}

# A thread that waits for another one sleeps. By default it spins, which on a station that does something else too
# (Slicer, a second run) takes the core from the thread that is waited for: a step then took twice the time.
_WAIT_ASLEEP = {"OMP_WAIT_POLICY": "PASSIVE"}


def engine_python(setting: Path | None = None) -> Path:
    """The Python that runs the worker: the setting, else `QUALITYFINETUNE_PYTHON`, else the one running now.

    Raises:
        UserError: BAD_CONFIG when the named Python does not exist.
    """
    named = str(setting) if setting else os.environ.get(VARIABLE, "")
    if not named:
        return Path(sys.executable)
    # Not resolved: a virtual environment's python is a link, and following it would leave the environment.
    found = shutil.which(Path(named).expanduser())
    if found is None:
        origin = "The study's setting" if setting else f"The environment variable {VARIABLE}"
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"The Python {named} cannot run the engine.",
            why=f"{origin} names it, but there is no such program.",
            next="Choose an existing Python that has PyTorch, or clear the setting to use the present one.",
        )
    return Path(found).absolute()


def child_environment(python: Path, *, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment for a worker run by `python`.

    Packages of the user's home folder stay out, text is UTF-8, no library reports usage. The child finds
    QualityFinetuneLib in this module's folder unless that folder is a site-packages: another Python must not
    see this one's packages. A Python that is not the present one gets the environment from before Slicer's
    launcher put its own libraries in it.
    """
    child = dict(os.environ if environment is None else environment)
    inherited = child.get("PYTHONPATH", "")
    if python.absolute() != Path(sys.executable).absolute():
        _leave_slicer(child)
        inherited = child.get("PYTHONPATH", "")
    if MODULE_FOLDER.name not in {"site-packages", "dist-packages"}:
        child["PYTHONPATH"] = os.pathsep.join(part for part in (str(MODULE_FOLDER), inherited) if part)
    child = KEEP_MEMORY | _WAIT_ASLEEP | child
    child |= {
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    return child


def _leave_slicer(child: dict[str, str]) -> None:
    launched = "APPLAUNCHER_LEVEL" in child
    for name in _SLICER_ONLY:
        original = child.get(_SAVED + name)
        if original is not None:
            child[name] = original
        elif name == "PYTHONHOME" or (launched and name != "PATH"):
            child.pop(name, None)
    for name in [name for name in child if name.startswith("APPLAUNCHER_")]:
        del child[name]
