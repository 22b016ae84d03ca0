"""What a finetune computes on: processor, Python, and installing the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer

from ...common.errors import ErrorCode, UserError
from ...engine.client.devices import Device
from ..background import BackgroundTask
from ..computer import device_choices, runs_elsewhere
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui, fill_choices, set_quietly

LOOK_MS = 200
FindDevices = Callable[..., list[Device]]


class ComputerPart:
    """Drives the choice of computer in Finetune.ui.

    Args:
        choose_file: asks for a file; None when the user thought better of it.
        find_devices: asks the engine's Python what it can compute on; slow, so it runs beside the panel.
        do_install: installs the engine into this application's Python; blocks.
        is_shown: whether the panel is shown, so that a failure may be told in it.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        message: MessageCard,
        *,
        choose_file: Callable[[str], Path | None],
        find_devices: FindDevices,
        do_install: Callable[[], None],
        is_shown: Callable[[], bool],
    ) -> None:
        self.session = session
        self.looking: BackgroundTask[list[Device]] | None = None
        self.devices: list[Device] | None = None
        self.do_install = do_install
        self._ui = ui
        self._message = message
        self._choose_file = choose_file
        self._find_devices = find_devices
        self._is_shown = is_shown
        self._looked_with: Path | None = None
        self._names: list[Any] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self._poll)
        ui.installEngineButton.setVisible(False)
        ui.deviceCombo.connect("currentIndexChanged(int)", self._device_chosen)
        ui.pythonEdit.connect("editingFinished()", self._python_typed)
        ui.pythonButton.connect("clicked()", self._choose_python)
        ui.installEngineButton.connect("clicked()", self.install)

    def show(self) -> None:
        """Show what is set and what was found."""
        study = self.session.study
        device = study.settings.device if study is not None else "auto"
        self._names = fill_choices(self._ui.deviceCombo, device_choices(self.devices), current=device)
        python = study.settings.engine_python if study is not None else None
        set_quietly(self._ui.pythonEdit, "setText", str(python) if python is not None else "")

    def look(self, *, again: bool = False) -> None:
        """Look for processors beside the panel, unless that was done with the study's Python already."""
        study = self.session.study
        python = study.settings.engine_python if study is not None else None
        if self.looking is not None or (self.devices is not None and python == self._looked_with):
            return
        self._looked_with = python
        self._ui.installEngineButton.setVisible(False)
        self._ui.deviceLabel.setToolTip(_("Looking for processors …"))
        self.looking = BackgroundTask(
            lambda _report: self._find_devices(python=python, refresh=again), name="devices"
        )
        self.looking.start()
        self._timer.start()

    def install(self) -> None:
        """Install PyTorch and what else the engine needs, then look for processors again."""
        self._message.info(
            _("Installing the engine …"), _("Slicer does not respond until it is done; this takes several minutes.")
        )
        slicer.app.processEvents()
        try:
            self.do_install()
        except UserError as error:
            self._message.problem(error)
            return
        self._message.clear()
        self.devices, self._looked_with = None, None
        self.look(again=True)

    def cleanup(self) -> None:
        """The module is closed; a search for processors ends by itself and nobody waits for it."""
        self._timer.stop()
        self.looking = None

    def _poll(self) -> None:
        if self.looking is None or not self.looking.poll():
            return
        self._timer.stop()
        task, self.looking = self.looking, None
        self.devices = task.result if task.error is None else []
        if not self._is_shown():
            return
        if task.error is not None:
            self._message.problem(task.error)
            own = not runs_elsewhere(self._looked_with)
            self._ui.installEngineButton.setVisible(own and task.error.code is ErrorCode.MISSING_PACKAGE)
        self.show()

    def _device_chosen(self, index: int) -> None:
        study = self.session.needed()
        with self.session.telling_failures():
            self.session.save_settings(study.settings.model_copy(update={"device": self._names[index]}))

    def _python_typed(self) -> None:
        study = self.session.study
        if study is None:
            return
        text = self._ui.pythonEdit.text.strip()
        python = Path(text) if text else None
        if python != study.settings.engine_python:
            with self.session.telling_failures():
                self.session.save_settings(study.settings.model_copy(update={"engine_python": python}))
            self._message.clear()
            self.look()

    def _choose_python(self) -> None:
        path = self._choose_file(_("Python that runs the engine"))
        if path is not None:
            self._ui.pythonEdit.setText(str(path))
            self._python_typed()
