"""Walk the whole loop inside a real Slicer: import, rate, finetune, predict, review, answer, evaluate, report, again.

    Slicer --no-splash --testing --additional-module-paths QualityFinetune \
        --python-script scripts/slicer_smoke.py -- OUTFOLDER

Exit code 0 when every step worked, 1 otherwise. Screenshots and `smoke.json` go into OUTFOLDER, or into the folder
that QUALITYFINETUNE_SMOKE_OUT names. The engine runs on the Python that QUALITYFINETUNE_PYTHON names, else on
Slicer's own; it trains from random weights for a few steps, so it needs PyTorch and MONAI but no weights.
Only a simulated cohort is used. With or without a main window; without one no view shows the images.

When a step fails, everything needed to repair it is printed: the traceback, errors inside Qt slots, what each panel
says, the run, and the engine's last events; each run's job and events are copied beside the pictures.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import slicer

# Slicer runs this file by its path alone; the others lie beside it.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from slicer_evidence import application
from slicer_loop import Loop


def out_folder(arguments: list[str]) -> Path:
    """The folder for pictures: the first argument that is no option, else the environment's, else a new one."""
    named = next((one for one in arguments if not one.startswith("-")), None)
    named = named or os.environ.get("QUALITYFINETUNE_SMOKE_OUT")
    folder = Path(named) if named else Path(tempfile.mkdtemp(prefix="qualityfinetune-smoke-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def main(arguments: list[str], *, engine_factory=None) -> int:
    """Walk through the module; 0 when all went well."""
    out = out_folder(arguments)
    status = 0
    with tempfile.TemporaryDirectory(prefix="qualityfinetune-", ignore_cleanup_errors=True) as folder:
        smoke = Loop(out, Path(folder), engine_factory=engine_factory)
        print("\n".join(application()))
        smoke.evidence.listen()
        try:
            smoke.every_step()
        except Exception:  # noqa: BLE001 - whatever went wrong decides the exit code
            print(traceback.format_exc())
            status = 1
            _after_failure(smoke)
        finally:
            smoke.evidence.stop()
    summary = {"passed": status == 0, "slicer": _version(), "steps": smoke.steps}
    (out / "smoke.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
    print(f"{'passed' if status == 0 else 'FAILED'}; pictures are in {out}")
    return status


def _after_failure(smoke: Loop) -> None:
    """Tell and keep what there is; what fails in turn must not hide the first failure."""
    smoke.evidence.tell(smoke.panels)
    if smoke.panels is None:
        return
    for step in (
        lambda: smoke.evidence.keep_runs(smoke.panels, smoke.out),
        lambda: smoke.picture("failed"),
        smoke.panels.cleanup,
    ):
        try:
            step()
        except Exception:  # noqa: BLE001
            print(traceback.format_exc())


def _version() -> str:
    return f"{slicer.app.majorVersion}.{slicer.app.minorVersion}"


if __name__ == "__main__":
    slicer.util.exit(main(sys.argv[1:]))
