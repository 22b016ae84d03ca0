"""What the engine does for a reader, as clicks: finetune, predict, evaluate, report, train again."""

from __future__ import annotations

from slicer_walker import Walker

RUN_LIMIT_S = 900


class TrainingSteps(Walker):
    """Steps with the engine."""

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

    def wait_for_run(self, kind: str) -> None:
        """Follow a run to its good end."""
        panel = self.panels.finetune if kind == "finetune" else self.panels.results
        self.expect(self.panels.monitor.progress.kind == kind, f"it did not start: {panel.message.text}")
        self.wait(lambda: not self.panels.monitor.progress.active, f"the {kind} run", limit_s=RUN_LIMIT_S)
        self.pump()
        state = self.panels.monitor.progress.state
        self.expect(state == "done", f"the {kind} run is {state}: {panel.message.text}")
