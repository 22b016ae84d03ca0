"""Which mix of high and low quality is trained on, as numbers, a bar and a table."""

from __future__ import annotations

from collections.abc import Callable

import qt

from ..i18n import tr as _
from ..sparkline import share_bar
from ..tables import fill_table, name_column
from ..ui_files import Ui, set_quietly
from . import mix
from .presenter import FinetunePresenter

HIGH = "#0b5cad"
LOW = "#d98e04"
BAR_WIDTH, BAR_HEIGHT = 400, 14
OUTLINE_COLUMN = 2


class MixPart:
    """Drives the section Cases to train on in Finetune.ui."""

    def __init__(self, ui: Ui, presenter: FinetunePresenter, changed: Callable[[], None]) -> None:
        self._ui = ui
        self._presenter = presenter
        self._changed = changed
        ui.everythingCheck.connect("toggled(bool)", self._chosen)
        for spin in (ui.highSpin, ui.lowSpin):
            spin.connect("valueChanged(int)", self._chosen)

    def show(self) -> None:
        """Show the mix within what can be trained on."""
        pool, choices, ui = self._presenter.pool, self._presenter.choices, self._ui
        set_quietly(ui.everythingCheck, "setChecked", choices.everything)
        if pool is None:
            fill_table(ui.mixTable, [])
            return
        for spin, label, stratum, value in (
            (ui.highSpin, ui.highOfLabel, "high", choices.high),
            (ui.lowSpin, ui.lowOfLabel, "low", choices.low),
        ):
            there = pool.trainable(stratum)
            set_quietly(spin, "setMaximum", there)
            set_quietly(spin, "setValue", value)
            spin.setEnabled(not choices.everything and there > 0)
            label.setText(_("of {count} that can be trained on").format(count=there))
        sentence = mix.mix_sentence(choices.high, choices.low, pool, everything=choices.everything)
        ui.mixSentenceLabel.setText("\n".join([sentence, *self._presenter.notes()]))
        high, low = self._by_quality()
        ui.mixBarLabel.setVisible(high + low > 0)
        ui.mixBarLabel.setPixmap(
            share_bar([(high, qt.QColor(HIGH)), (low, qt.QColor(LOW))], width=BAR_WIDTH, height=BAR_HEIGHT)
        )
        name_column(ui.mixTable, OUTLINE_COLUMN, _("Outline") if self._presenter.task.segments else _("Answer"))
        fill_table(ui.mixTable, mix.rows(pool))

    def _by_quality(self) -> tuple[int, int]:
        pool, choices = self._presenter.pool, self._presenter.choices
        if pool is not None and choices.everything:
            return pool.trainable("high"), pool.trainable("low")
        return choices.high, choices.low

    def _chosen(self) -> None:
        choices, ui = self._presenter.choices, self._ui
        choices.high, choices.low = ui.highSpin.value, ui.lowSpin.value
        choices.everything = ui.everythingCheck.isChecked()
        self.show()
        self._changed()
