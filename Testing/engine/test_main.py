"""`python -m QualityFinetuneLib.engine` as a program: exit codes, and a stdout that holds events alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from QualityFinetuneLib.engine.protocol.events import EVENT, Done, Started
from QualityFinetuneLib.engine.protocol.exit_codes import ExitCode
from QualityFinetuneLib.engine.protocol.job_file import save_job
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob


def program(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "QualityFinetuneLib.engine"]
    return subprocess.run([*command, *arguments], input=stdin, capture_output=True, timeout=120)


def test_success_is_exit_code_zero_and_only_events_on_stdout(evaluate_job: EvaluateJob) -> None:
    done = program(str(save_job(evaluate_job)), "--unattended")
    assert done.returncode == ExitCode.DONE
    events = [EVENT.validate_json(line) for line in done.stdout.splitlines()]
    assert isinstance(events[0], Started) and isinstance(events[-1], Done)
    assert (evaluate_job.output / "events.jsonl").read_bytes() == done.stdout


def test_a_bad_job_is_a_failed_event_and_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("kind: paint\n", encoding="utf-8")
    failed = program(str(tmp_path / "job.yaml"), stdin=b"")
    assert failed.returncode == ExitCode.FAILED
    assert json.loads(failed.stdout)["code"] == "bad_job"


def test_a_command_line_without_a_job_is_a_usage_error() -> None:
    wrong = program()
    assert wrong.returncode == ExitCode.USAGE
    assert wrong.stdout == b"" and b"usage:" in wrong.stderr


def test_what_was_read_is_not_searched_for_garbage_but_what_the_job_makes_is(evaluate_job: EvaluateJob) -> None:
    """Python tells at exit how many objects it will leave alone, and whether it looked at the others."""
    program = (
        "import atexit, gc, runpy, sys; "
        "atexit.register(lambda: sys.stderr.write(f'left alone: {gc.get_freeze_count()} {gc.isenabled()}')); "
        "runpy.run_module('QualityFinetuneLib.engine', run_name='__main__', alter_sys=True)"
    )
    command = [sys.executable, "-c", program, str(save_job(evaluate_job)), "--unattended"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == ExitCode.DONE
    count, collects = done.stderr.split(b"left alone: ")[1].split()
    assert int(count) > 10_000 and collects == b"True"
