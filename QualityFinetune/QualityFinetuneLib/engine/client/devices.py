"""What there is to compute on, found without importing torch into this process."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ...common.errors import ErrorCode, UserError
from .death import explain_exit
from .python import child_environment, engine_python

_PROBE_TIMEOUT_S = 60.0
_QUICK_TIMEOUT_S = 5.0
_GIB = 1024**3

# Runs in the engine's Python. One JSON line, whatever else torch may print.
_QUESTION = """
import json, os, platform, torch
found = []
if torch.cuda.is_available():
    for number in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(number)
        found.append({"name": f"cuda:{number}", "title": about.name, "memory_bytes": about.total_memory,
                      "bf16": torch.cuda.is_bf16_supported()})
if torch.backends.mps.is_available():
    found.append({"name": "mps", "title": "Apple GPU", "memory_bytes": None, "bf16": False})
can = getattr(torch.cpu, "get_capabilities", dict)()
found.append({"name": "cpu", "title": can.get("cpu_name") or platform.processor() or platform.machine(),
              "memory_bytes": None, "bf16": bool(can.get("avx512_bf16") or can.get("amx_bf16"))})
print("\\n" + json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(), "devices": found}))
"""


@dataclass(frozen=True, kw_only=True)
class Device:
    """One device the engine can use.

    Attributes:
        name: what a job's `device` says: `cpu`, `cuda:0`, `mps`.
        title: what to show.
        memory_gib: the device's own memory, None where it shares the machine's.
        bf16: whether it computes in bf16, which is faster and needs less memory.
        note: one sentence worth knowing, e.g. a graphics card that this PyTorch cannot use; empty for none.
    """

    name: str
    title: str
    memory_gib: float | None
    bf16: bool
    note: str = ""


_known: dict[Path, list[Device]] = {}


def probe(*, python: Path | None = None, refresh: bool = False) -> list[Device]:
    """The devices that the engine's PyTorch can use, best first; the CPU is always the last.

    Takes a few seconds at the first call for a Python; remembered afterwards.

    Args:
        python: as for `WorkerProcess`.
        refresh: ask again, e.g. after PyTorch was installed.

    Raises:
        UserError: BAD_CONFIG for a Python that does not exist, MISSING_PACKAGE when it has no working PyTorch.
    """
    chosen = engine_python(python)
    if refresh or chosen not in _known:
        _known[chosen] = _ask(chosen, quick_look())
    return list(_known[chosen])


def quick_look() -> list[str]:
    """Titles of NVIDIA cards as the driver's own tool tells them, within a fraction of a second; [] without one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        told = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_QUICK_TIMEOUT_S,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):  # a tool without its driver: as good as no card
        return []
    lines = told.stdout.decode("utf-8", errors="replace").splitlines() if told.returncode == 0 else []
    return [line.strip() for line in lines if line.strip()]


def _ask(python: Path, cards: list[str]) -> list[Device]:
    try:
        told = subprocess.run(
            [str(python), "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_TIMEOUT_S,
            env=child_environment(python),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_torch(python, f"{error}.") from error
    if told.returncode != 0:
        words = told.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise _no_torch(python, f"{words[-1]}." if words else explain_exit(told.returncode))
    answer = json.loads(told.stdout.decode("utf-8", errors="replace").strip().splitlines()[-1])
    return [
        Device(
            name=found["name"],
            title=found["title"],
            memory_gib=found["memory_bytes"] / _GIB if found["memory_bytes"] else None,
            bf16=found["bf16"],
            note=_note(found["name"], answer, cards),
        )
        for found in answer["devices"]
    ]


def _note(name: str, answer: dict, cards: list[str]) -> str:
    usable = any(found["name"].startswith("cuda") for found in answer["devices"])
    if name == "cpu" and cards and not usable:
        return f"There is a {cards[0]}, but PyTorch {answer['torch']} cannot use it: install a CUDA build of PyTorch."
    return ""


def _no_torch(python: Path, why: str) -> UserError:
    return UserError(
        ErrorCode.MISSING_PACKAGE,
        what=f"{python} cannot compute.",
        why=f"PyTorch does not work there: {why}",
        next="Install PyTorch into it, or choose another Python in the settings.",
    )
