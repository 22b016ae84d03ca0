"""What a reader does, as clicks: create a study, import, rate, review, answer for the whole exam."""

from __future__ import annotations

import slicer
from slicer_walker import Walker

READER = "Smoke Reader"
OWN_TASK = """
name: smoke_likert
title: Likert score of the exam
roles: [t2w]
answer: grades
choices:
  - {value: 1, name: Score 1}
  - {value: 2, name: Score 2}
  - {value: 3, name: Score 3}
"""


class ReadingSteps(Walker):
    """Steps without the engine."""

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

    def answer(self) -> None:
        """A reader answers a question about the whole exam, by a task of the site's own that was added as a file."""
        study, case_id = self.panels.session.study, self.panels.session.case_id
        file = self.folder / "likert.yaml"
        file.write_text(OWN_TASK, encoding="ascii")
        self.panels.ui.stepStudyButton.click()
        self.panels.study.own._choose_file = lambda _title: file
        self.panels.study.ui.addOwnButton.click()
        self.panels.ui.stepReviewButton.click()
        panel = self.panels.review
        names = [task.name for task in panel.presenter.tasks]
        self.expect("smoke_likert" in names, f"the task is not offered: {self.panels.study.message.text}")
        panel.ui.reviewTaskCombo.setCurrentIndex(names.index("smoke_likert"))
        self.pump()
        panel.answers.view.rows[2].button.click()
        self.expect(panel.ui.acceptButton.isEnabled(), "the answer cannot be saved")
        self.picture("answer")
        panel.ui.acceptButton.click()
        given = study.answers.current(case_id, "smoke_likert")
        self.expect(given is not None and given.values == {"grade": 3}, panel.message.text)
        panel.show_task("prostate_volume")
        self.pump()
        self.picture("answer-volume")
        panel.show_task("gland")

    def draw_box(self, task) -> None:
        """Fill a small box of the first structure, as a reader would with the paint tool."""
        node, t2w = self.panels.stage.segmentation, self.panels.stage.t2w
        segment_id = node.GetSegmentation().GetNthSegmentID(0)
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, t2w).copy()
        slices, rows, columns = voxels.shape
        voxels[slices // 2, rows // 2 - 3 : rows // 2 + 3, columns // 2 - 3 : columns // 2 + 3] = 1
        voxels[slices // 2, :2, :2] = 1
        slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, node, segment_id, t2w)
