"""The script that walks the loop in a real Slicer, walked here on the harness."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture
def smoke() -> Any:
    """The script as a module, and the module loaded as Slicer loads it."""
    pytest.importorskip("PySide6")
    pytest.importorskip("slicer")
    from harness.module import module
    from harness.slicer_app import reset_scene, start

    start()
    spec = importlib.util.spec_from_file_location("slicer_smoke", CHECKOUT / "scripts" / "slicer_smoke.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    with module(CHECKOUT / "QualityFinetune" / "QualityFinetune.py") as loaded:
        yield script
        loaded.widget.cleanup()
    reset_scene()


def test_the_walk_passes_with_a_scripted_engine(smoke: Any, tmp_path: Path, capsys: Any) -> None:
    from widgets.scripted_engine import ObedientEngine

    status = smoke.main([str(tmp_path / "out")], engine_factory=ObedientEngine())
    told = capsys.readouterr().out
    assert status == 0, told
    summary = json.loads((tmp_path / "out" / "smoke.json").read_text())
    assert summary["passed"] and len(summary["steps"]) == 13
    pictures = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert len(pictures) >= 10 and pictures[0] == "01-start.png"


def test_a_failure_gives_exit_code_1_and_names_the_step(smoke: Any, tmp_path: Path, capsys: Any) -> None:
    from QualityFinetuneLib.common.errors import ErrorCode, UserError
    from widgets.scripted_engine import ScriptedEngine

    engine = ScriptedEngine()
    engine.refuse = UserError(ErrorCode.NO_DEVICE, what="No device.", why="None.", next="Buy one.")
    assert smoke.main([str(tmp_path / "out")], engine_factory=engine) == 1
    last = json.loads((tmp_path / "out" / "smoke.json").read_text())["steps"][-1]
    assert last["step"] == "finetune" and "No device." in last["problem"]
    told = capsys.readouterr().out
    assert "FAILED" in told and "Traceback" in told and "Finetune says: Problem: No device." in told


def test_an_error_inside_a_slot_ends_the_walk_and_is_told_with_the_engines_last_words(
    smoke: Any, tmp_path: Path, capsys: Any
) -> None:
    from widgets.scripted_engine import ScriptedEngine

    class Broken(ScriptedEngine):
        stderr_tail = ("the engine's last words",)

        def start(self, job: Any) -> None:
            super().start(job)
            job.output.mkdir(parents=True, exist_ok=True)
            (job.output / "events.jsonl").write_text("{}")

        def poll(self) -> list[Any]:
            self.say_started()
            if len(self._said) > 1:
                raise RuntimeError("poll broke")
            return self._said

    assert smoke.main([str(tmp_path / "out")], engine_factory=Broken()) == 1
    told = capsys.readouterr().out
    assert "SmokeFailure: an error inside a slot: RuntimeError: poll broke" in told
    evidence = [line for line in told.splitlines() if line.startswith("  | ")]
    wanted = ("Slicer 5.12", "step Finetune", "state: ", "Started", "the engine's last words", "in poll")
    assert [one for one in wanted if not any(one in line for line in evidence)] == []
    assert (tmp_path / "out" / "run-1-events.jsonl").is_file()


def test_slicer_reads_the_script_in_whatever_encoding_the_system_has() -> None:
    files = sorted((CHECKOUT / "scripts").glob("slicer_*.py"))
    assert len(files) >= 6 and all(file.read_bytes().isascii() for file in files)


def test_the_folder_is_an_argument_or_a_variable(smoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_SMOKE_OUT", str(tmp_path / "named"))
    assert smoke.out_folder(["--", str(tmp_path / "given")]) == tmp_path / "given"
    assert smoke.out_folder(["--testing"]) == tmp_path / "named"
    monkeypatch.delenv("QUALITYFINETUNE_SMOKE_OUT")
    assert smoke.out_folder([]).is_dir()
