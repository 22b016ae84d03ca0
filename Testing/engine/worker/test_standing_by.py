"""Between jobs a worker has its libraries read, and the memory of the last job is given back."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from QualityFinetuneLib.engine.client.python import child_environment


def program(text: str) -> str:
    """What a fresh Python with a worker's environment prints."""
    environment = child_environment(Path(sys.executable))
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_a_job_finds_its_libraries_read() -> None:
    told = program(
        "import sys\n"
        "from QualityFinetuneLib.engine.worker.standing_by import get_ready\n"
        "get_ready()\n"
        "before = set(sys.modules)\n"
        "from QualityFinetuneLib.engine.worker import distributed, finetune, predict, precision, training\n"
        "print(len(set(sys.modules) - before), 'monai' in before, 'torch' in before)\n"
    )
    assert told.split() == ["0", "True", "True"]


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep nothing that could be asked for"
)
def test_memory_that_a_job_kept_is_given_back() -> None:
    told = program(
        "import torch\n"
        "from QualityFinetuneLib.engine.worker.standing_by import clear_up\n"
        "def resident():\n"
        "    return int(open('/proc/self/statm').read().split()[1]) * 4096 // 2**20\n"
        "start = resident()\n"
        "held = [torch.ones(2**20) for _ in range(200)]\n"
        "held = None\n"
        "kept = resident()\n"
        "clear_up()\n"
        "print(kept - start, resident() - start)\n"
    )
    kept, left = map(int, told.split())
    assert kept > 700, "the worker's environment keeps what is freed"
    assert left < 100


def test_without_torch_there_is_nothing_to_read_it_for() -> None:
    told = program(
        "import sys\n"
        "from QualityFinetuneLib.engine.worker.standing_by import clear_up\n"
        "clear_up()\n"
        "print('torch' in sys.modules)\n"
    )
    assert told.strip() == "False"
