"""The command line as a whole: it teaches, answers in JSON, and is the same program under both names."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from QualityFinetuneLib.common.version import __version__

COMMANDS = ("study", "rate", "agreement", "pretrain", "finetune", "predict", "evaluate", "report", "models", "demo")


def test_help_names_every_command(run: Any) -> None:
    ran = run("--help")
    assert ran.code == 0
    listed = re.findall(r"^\W+(\w+)  +\w", ran.out.partition("Commands")[2], flags=re.MULTILINE)
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS), "in the order of the steps"


@pytest.mark.parametrize(
    "command",
    [
        *((name,) for name in COMMANDS if name not in ("study", "models")),
        *(("study", name) for name in ("create", "import", "list", "export", "verify")),
        *(("models", name) for name in ("list", "show")),
    ],
)
def test_help_of_every_command_shows_an_example_and_json(run: Any, command: tuple[str, ...]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert " ".join(("quality-finetune", *command)) in ran.out
    assert "--json" in ran.out


def test_version_is_printed(run: Any) -> None:
    assert run("--version").out.strip() == __version__


def test_wrong_usage_ends_with_code_2(run: Any) -> None:
    assert run("no-such-command").code == 2
    assert run("rate").code == 2


def test_python_m_is_the_same_program_and_errors_are_no_tracebacks(tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "QualityFinetuneLib", "study", "list", "--study", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Error" in done.stderr
    assert "Next" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shell_imports_neither_torch_nor_monai() -> None:
    unwanted = "{'torch', 'monai', 'vtk', 'slicer'}"
    code = f"import sys, QualityFinetuneLib.cli.main; sys.exit(bool({unwanted} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
