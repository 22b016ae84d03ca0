"""The walk from the first click to the last: every step in order, and that nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import slicer
from slicer_reading import ReadingSteps
from slicer_training import TrainingSteps

CLOSE_LIMIT_S = 15


class Loop(ReadingSteps, TrainingSteps):
    """One walk through the module.

    Args:
        out: folder for the pictures.
        folder: folder for the cohort and the study.
        engine_factory: replaces the engine, for a test of this script without Slicer.
    """

    def __init__(self, out: Path, folder: Path, *, engine_factory=None) -> None:
        super().__init__(out)
        self.folder = folder
        self.engine_factory = engine_factory

    def every_step(self) -> None:
        """The whole walk; the first step that fails ends it."""
        self.run(
            (
                self.packages,
                self.open_module,
                self.create_and_import,
                self.rate,
                self.finetune,
                self.predict,
                self.review,
                self.answer,
                self.evaluate,
                self.report,
                self.train_again,
                self.close_scene,
                self.close,
            )
        )

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
