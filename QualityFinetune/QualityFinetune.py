"""The QualityFinetune module as Slicer sees it. Everything it does lives in QualityFinetuneLib."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)

if TYPE_CHECKING:
    from QualityFinetuneLib.study.study import Study
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget


class QualityFinetune(ScriptedLoadableModule):
    """Title, category and help of the module."""

    def __init__(self, parent) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Quality Finetune")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
        self.parent.contributors = ["QualityFinetune contributors"]
        self.parent.helpText = _(
            "Rate the quality of prostate MRI exams (PI-QUAL), finetune a prostate model on the mix of high- and "
            "low-quality cases that you choose, see and correct its segmentations, and train again. "
            "Everything runs on this computer."
        )
        self.parent.acknowledgementText = _(
            "For research, not for diagnosis. The wording of the quality form must be checked against its source "
            "before clinical use."
        )


class QualityFinetuneWidget(ScriptedLoadableModuleWidget):
    """Puts the panels into the module's place and passes on when it is entered, left and closed."""

    def __init__(self, parent=None) -> None:
        self.logic: QualityFinetuneLogic | None = None
        self.module: ModuleWidget | None = None
        ScriptedLoadableModuleWidget.__init__(self, parent)

    def setup(self) -> None:
        """Build the panels, or the card that installs what they need."""
        ScriptedLoadableModuleWidget.setup(self)
        from QualityFinetuneLib.widgets.module_widget import ModuleWidget

        self.logic = QualityFinetuneLogic()
        self.module = ModuleWidget(scene=slicer.mrmlScene)
        self.layout.addWidget(self.module.widget)

    def enter(self) -> None:
        """The module is shown: keys and timers on."""
        if self.module is not None:
            self.module.enter()

    def exit(self) -> None:
        """Another module is shown: keys, timers and editing tools off."""
        if self.module is not None:
            self.module.exit()

    def cleanup(self) -> None:
        """The module is closed: stop the engine, remove every observer."""
        module, self.module = self.module, None
        if module is not None:
            module.cleanup()

    def onReload(self) -> None:
        """Reload with the library's files read anew, and go on where the module was shown."""
        shown = self.module is not None and self.module.entered
        self.cleanup()
        for name in [name for name in sys.modules if name.split(".")[0] == "QualityFinetuneLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)
        if shown:  # Slicer builds the new widget but does not enter it
            slicer.modules.QualityFinetuneWidget.enter()


class QualityFinetuneLogic(ScriptedLoadableModuleLogic):
    """For scripts in Slicer's Python console: the same study that the panels use."""

    def openStudy(self, folder: str | Path) -> Study:
        """Open the study in `folder`; close it with `study.close()` or use it in a `with` block."""
        from QualityFinetuneLib.study.study import Study

        return Study.open(Path(folder))


class QualityFinetuneTest(ScriptedLoadableModuleTest):
    """What "Reload and Test" runs; the panels' own tests are in Testing/Python."""

    def runTest(self) -> None:
        """The module opens, and enters and leaves without an error."""
        self.setUp()
        slicer.util.selectModule("QualityFinetune")
        widget = slicer.modules.QualityFinetuneWidget
        self.assertIsNotNone(widget.module)
        widget.exit()
        widget.enter()
        self.delayDisplay(_("The module opened."))
