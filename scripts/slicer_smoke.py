"""Walk the whole loop inside a real Slicer: import, rate, finetune, predict, review, evaluate, report, train again.

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
import time
import traceback
from pathlib import Path

import slicer

sys.path.insert(0, str(Path(__file__).resolve().parent))
from slicer_evidence import Evidence, application

READER = "Smoke Reader"
RUN_LIMIT_S = 900
STEP_LIMIT_S = 120
CLOSE_LIMIT_S = 15


class SmokeFailure(Exception):
    """A step did not do what it should."""


class Smoke:
    """One walk through the module.

    Args:
        out: folder for the pictures.
        folder: folder for the cohort and the study.
        engine_factory: replaces the engine, for a test of this script without Slicer.
    """

    def __init__(self, out: Path, folder: Path, *, engine_factory=None) -> None:
        self.out = out
        self.folder = folder
        self.engine_factory = engine_factory
        self.panels = None
        self.evidence = Evidence()
        self.steps = []
        self._pictures = 0

    def run(self) -> None:
        """Every step in order; the first one that fails ends the walk."""
        for step in (
            self.packages,
            self.open_module,
            self.create_and_import,
            self.rate,
            self.finetune,
            self.predict,
            self.review,
            self.evaluate,
            self.report,
            self.train_again,
            self.close_scene,
            self.close,
        ):
            started = time.monotonic()
            try:
                step()
                self.no_slot_failed()
            except Exception as error:
                self._note(step.__name__, started, f"{type(error).__name__}: {error}")
                raise
            self._note(step.__name__, started, "")

    # ------------------------------------------------------------------ steps

    def packages(self) -> None:
        """What the panels need is there, or gets installed."""
        from QualityFinetuneLib.widgets.packages import missing

        lacking = missing()
        if lacking:
            slicer.util.pip_install(" ".join(f'"{name}"' for name in lacking))
        self.expect(not missing(), f"packages are missing: {missing()}")

    def open_module(self) -> None:
        """The module opens with its panels."""
        if slicer.util.mainWindow() is not None:
            slicer.util.selectModule("QualityFinetune")
        elif not hasattr(slicer.modules, "QualityFinetuneWidget"):
            slicer.modules.qualityfinetune.widgetRepresentation()
        self.pump()
        widget = slicer.modules.QualityFinetuneWidget
        self.expect(widget.module is not None, "the module has no widget; its setup failed, see above")
        if not widget.module.entered:  # there is no window whose module selector would do it
            widget.enter()
        self.expect(widget.module.panels is not None, "the module shows no panels")
        self.panels = widget.module.panels
        monitor = self.panels.monitor
        monitor._engine_factory = self.evidence.engine_factory(self.engine_factory or monitor._engine_factory)
        self.panels.session.failed.connect(lambda error: print(f"told: {error}"))
        self.picture("start")

    def create_and_import(self) -> None:
        """A study is created and a simulated cohort imported, both by clicks."""
        from QualityFinetuneLib.cases.simulated import make_cohort

        cohort = self.folder / "cohort"
        make_cohort(cohort, patients=6, seed=5, size=(96, 96, 14), spacing_mm=(1.0, 1.0, 3.0))
        panel = self.panels.study
        panel._choose_folder = lambda _title: self.folder / "study"
        panel.ui.createButton.click()
        self.expect(self.panels.session.study is not None, panel.message.text)
        panel.ui.readerCombo.setEditText(READER)
        panel._reader_chosen()
        panel._choose_folder = lambda _title: cohort
        panel.ui.importButton.click()
        self.wait(lambda: not panel.imports.busy, "the import")
        self.expect(panel.ui.caseTable.rowCount == 6, f"{panel.ui.caseTable.rowCount} cases: {panel.message.text}")
        self.picture("study")

    def rate(self) -> None:
        """Every case is rated with the buttons; odd ones low."""
        self.panels.ui.stepRateButton.click()
        panel = self.panels.rate
        for number in range(6):
            case_id = self.panels.session.case_id
            self.expect(self.panels.stage.t2w is not None, "no image is shown")
            for item_id, row in panel.form.rows.items():
                yes = not (case_id % 2 and item_id in ("t2w_snr", "t2w_structures"))
                button = row.yes if yes else row.no
                if not button.isChecked():
                    button.click()
            self.expect(not panel.presenter.score.missing, f"items are open: {panel.presenter.score.missing}")
            if number == 0:
                self.pump()
                self.picture("rate")
            panel.ui.rateSaveButton.click()
        readings = self.panels.session.study.readings.all_latest()
        self.expect(len(readings) == 6, f"{len(readings)} readings: {panel.message.text}")

    def finetune(self) -> None:
        """A few steps from random weights on a mix of both qualities."""
        self.panels.ui.stepFinetuneButton.click()
        panel = self.panels.finetune
        modes = [mode for _words, mode in panel.presenter.modes()]
        panel.ui.modeCombo.setCurrentIndex(modes.index("scratch"))
        panel.ui.epochsSpin.setValue(2)
        panel.ui.stepsSpin.setValue(2)
        self.pump()
        self.picture("finetune")
        self.expect(panel.ui.startButton.isEnabled(), panel.ui.finetuneReasonLabel.text)
        panel.ui.startButton.click()
        self.wait_for_run("finetune")
        self.expect(len(self.panels.session.study.models.all()) == 1, "the run left no model")
        self.picture("finetune-done")

    def predict(self) -> None:
        """The new model predicts what it was not trained on."""
        self.panels.ui.stepResultsButton.click()
        panel = self.panels.results
        panel.ui.selectUntrainedButton.click()
        self.expect(panel.ui.predictButton.isEnabled(), "no case is left that the model has not seen")
        panel.ui.predictButton.click()
        self.wait_for_run("predict")
        self.picture("results")

    def review(self) -> None:
        """A draft is shown over the images, corrected, and what changed is told; another one is accepted."""
        from QualityFinetuneLib.cases.tasks import load_task

        study = self.panels.session.study
        run = study.runs.all("predict")[-1]
        drafts = [one for one in study.annotations.all() if one.run_id == run.id and one.status == "draft"]
        self.expect(bool(drafts), "the prediction left no draft")
        self.panels.session.show_case(drafts[0].case_id)
        self.panels.ui.stepReviewButton.click()
        panel = self.panels.review
        panel.presenter.choose_task("gland")
        panel.presenter.load(prefer=drafts[0].id)
        panel.refresh()
        self.expect(self.panels.stage.segmentation is not None, "no segmentation is shown")
        self.pump()
        self.picture("review")
        panel.ui.correctButton.click()
        self.expect(panel.editor.is_open, "the editing tools did not open")
        self.pump()
        self.picture("review-correct")
        self.draw_box(load_task("gland"))
        self.pump()
        self.expect(panel.changed, "the change was not noticed")
        panel.ui.acceptButton.click()
        history = study.annotations.history(drafts[0].case_id, "gland")
        self.expect(history[-1].status == "corrected", panel.message.text)
        self.expect(bool(history[-1].changes), "what changed was not measured")
        self.picture("review-saved")

    def evaluate(self) -> None:
        """The prediction is held against the imported masks, by quality."""
        self.panels.ui.stepResultsButton.click()
        panel = self.panels.results
        run = self.panels.session.study.runs.all("predict")[-1]
        panel.presenter.run_id = run.id
        panel.refresh()
        self.expect(panel.ui.evaluateButton.isEnabled(), "the prediction cannot be evaluated")
        panel.ui.evaluateButton.click()
        self.wait_for_run("evaluate")
        self.expect(panel.ui.metricsTable.rowCount > 0, "no number is shown")
        self.picture("evaluated")

    def report(self) -> None:
        """The report is written."""
        panel = self.panels.results
        opened = []
        panel.sharing._open_file = opened.append
        panel.ui.reportButton.click()
        self.wait(lambda: bool(opened) or "Problem" in panel.message.text, "the report")
        self.expect(bool(opened) and opened[0].is_file(), panel.message.text)

    def train_again(self) -> None:
        """A second finetune starts and is cancelled; the engine obeys."""
        self.panels.ui.stepFinetuneButton.click()
        panel = self.panels.finetune
        panel.ui.epochsSpin.setValue(200)
        panel.ui.startButton.click()
        self.expect(self.panels.monitor.progress.active, panel.message.text)
        self.wait(lambda: self.panels.monitor.progress.state != "starting", "the second start", limit_s=RUN_LIMIT_S)
        panel.progress.ui.runCancelButton.click()
        self.wait(lambda: not self.panels.monitor.progress.active, "the cancel", limit_s=RUN_LIMIT_S)
        state = self.panels.monitor.progress.state
        self.expect(state == "cancelled", f"the cancelled run is {state}")

    def close_scene(self) -> None:
        """File > Close loses nothing."""
        slicer.mrmlScene.Clear(0)
        self.pump()
        self.panels.ui.stepRateButton.click()
        self.pump()
        self.expect(self.panels.session.study is not None, "the study was closed with the scene")
        self.expect(self.panels.stage.t2w is not None, "no image came back after the scene was closed")
        self.picture("after-close")

    def close(self) -> None:
        """Closing the module leaves no process behind."""
        import psutil

        slicer.modules.QualityFinetuneWidget.cleanup()
        self.pump()
        # The engine is asked to end before it is made to: it may take a moment, but it must be gone.
        engines = [one for one in psutil.Process().children(recursive=True) if _is_engine(one)]
        _gone, engines = psutil.wait_procs(engines, timeout=CLOSE_LIMIT_S)
        self.expect(not engines, f"processes are left: {[_command(one) for one in engines]}")

    # ------------------------------------------------------------------ inside

    def draw_box(self, task) -> None:
        """Fill a small box of the first structure, as a reader would with the paint tool."""
        node, t2w = self.panels.stage.segmentation, self.panels.stage.t2w
        segment_id = node.GetSegmentation().GetNthSegmentID(0)
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, t2w).copy()
        slices, rows, columns = voxels.shape
        voxels[slices // 2, rows // 2 - 3 : rows // 2 + 3, columns // 2 - 3 : columns // 2 + 3] = 1
        voxels[slices // 2, :2, :2] = 1
        slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, node, segment_id, t2w)

    def wait_for_run(self, kind: str) -> None:
        """Follow a run to its good end."""
        panel = self.panels.finetune if kind == "finetune" else self.panels.results
        self.expect(self.panels.monitor.progress.kind == kind, f"it did not start: {panel.message.text}")
        self.wait(lambda: not self.panels.monitor.progress.active, f"the {kind} run", limit_s=RUN_LIMIT_S)
        self.pump()
        state = self.panels.monitor.progress.state
        self.expect(state == "done", f"the {kind} run is {state}: {panel.message.text}")

    def wait(self, done, what: str, *, limit_s: float = STEP_LIMIT_S) -> None:
        """Let the application work until `done()`."""
        deadline = time.monotonic() + limit_s
        while not done():
            self.no_slot_failed()
            if time.monotonic() > deadline:
                raise SmokeFailure(f"{what} took more than {limit_s} s")
            slicer.app.processEvents()
            time.sleep(0.02)

    def pump(self) -> None:
        """Let the application draw what changed."""
        for _ in range(5):
            slicer.app.processEvents()

    def picture(self, name: str) -> None:
        """The main window, or the panel where there is none."""
        self.pump()
        self._pictures += 1
        widget = slicer.util.mainWindow() or self.panels.widget
        widget.grab().save(str(self.out / f"{self._pictures:02d}-{name}.png"))

    def expect(self, condition: bool, otherwise: str) -> None:
        """Fail the step with a reason."""
        if not condition:
            raise SmokeFailure(otherwise)

    def no_slot_failed(self) -> None:
        """Stop on an error inside a slot, which Slicer only prints."""
        if self.evidence.raised:
            raise SmokeFailure(f"an error inside a slot: {self.evidence.raised[-1].strip().splitlines()[-1]}")

    def _note(self, name: str, started: float, problem: str) -> None:
        seconds = round(time.monotonic() - started, 1)
        self.steps.append({"step": name, "seconds": seconds, "problem": problem})
        print(f"{name}: {'failed: ' + problem if problem else 'passed'} ({seconds} s)")


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
        smoke = Smoke(out, Path(folder), engine_factory=engine_factory)
        print("\n".join(application()))
        smoke.evidence.listen()
        try:
            smoke.run()
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


def _after_failure(smoke: Smoke) -> None:
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


def _command(process) -> str:
    import psutil

    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error as error:
        return f"{process.pid} {error}"


def _is_engine(process) -> bool:
    import psutil

    try:
        return "QualityFinetuneLib.engine" in process.cmdline()  # the module that -m names, as one word
    except psutil.Error:
        return False


if __name__ == "__main__":
    slicer.util.exit(main(sys.argv[1:]))
