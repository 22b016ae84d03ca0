"""Runs inside Slicer (ctest): the module's panels open, a study is created, cases are imported and rated."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import slicer


class QualityFinetunePanelsTest(unittest.TestCase):
    """What needs a real Slicer: its .ui loader, PythonQt, its scene and views. Skipped while packages are missing."""

    def setUp(self) -> None:
        from QualityFinetuneLib.widgets.packages import missing

        if missing():
            self.skipTest(f"these packages are not installed in this Slicer: {missing()}")
        slicer.mrmlScene.Clear(0)
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        from QualityFinetuneLib.widgets.panels import Panels

        self.panels = Panels(scene=slicer.mrmlScene)
        self.panels.enter()

    def tearDown(self) -> None:
        self.panels.cleanup()
        self._folder.cleanup()

    def test_every_step_opens_on_a_new_study(self) -> None:
        self.panels.session.create(self.folder / "study", name="Test")
        for step in ("Rate", "Review", "Finetune", "Results", "Study"):
            self.panels.go_to(step)
            slicer.app.processEvents()
            self.assertEqual(self.panels.step, step)

    def test_a_case_is_imported_shown_and_rated(self) -> None:
        from QualityFinetuneLib.cases.simulated import make_cohort
        from QualityFinetuneLib.workflow.importing import import_folder

        make_cohort(self.folder / "cohort", patients=1, seed=1, size=(64, 64, 10), spacing_mm=(1.5, 1.5, 3.0))
        self.panels.session.create(self.folder / "study", name="Test")
        import_folder(self.panels.session.study, self.folder / "cohort")
        self.panels.session.refresh()
        self.panels.session.read_as("Test Reader")
        self.panels.go_to("Rate")
        self.assertIsNotNone(self.panels.stage.t2w)
        for row in self.panels.rate.form.rows.values():
            if not row.yes.isChecked():
                row.yes.click()
        self.panels.rate.ui.rateSaveButton.click()
        self.assertEqual(len(self.panels.session.study.readings.all_latest()), 1)

    def test_the_segment_editor_opens_on_an_outline_and_lets_go_of_it(self) -> None:
        from QualityFinetuneLib.cases.simulated import make_cohort
        from QualityFinetuneLib.workflow.importing import import_folder

        make_cohort(self.folder / "cohort", patients=1, seed=1, size=(64, 64, 10), spacing_mm=(1.5, 1.5, 3.0))
        self.panels.session.create(self.folder / "study", name="Test")
        import_folder(self.panels.session.study, self.folder / "cohort")
        self.panels.session.refresh()
        self.panels.session.read_as("Test Reader")
        self.panels.go_to("Review")
        self.panels.review.ui.correctButton.click()
        self.assertTrue(self.panels.review.editor.is_open)
        slicer.app.processEvents()
        self.panels.go_to("Study")
        self.assertFalse(self.panels.review.editor.is_open)
        self.assertFalse(self.panels.review.changed)


if __name__ == "__main__":
    unittest.main()
