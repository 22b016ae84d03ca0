"""Fill tables: plain text in each cell, the full text as tool tip, an optional check box in the first column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt


def fill_table(
    table: Any,
    rows: Sequence[Sequence[str]],
    *,
    checked: Sequence[bool] | None = None,
    selected: int | None = None,
) -> None:
    """Replace the rows of `table` without telling its listeners.

    Args:
        table: a QTableWidget whose columns are in the .ui file.
        rows: texts, one sequence a row.
        checked: state of a check box in each row's first cell; None means no boxes.
        selected: index of the row to select.
    """
    blocked = table.blockSignals(True)
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            if checked is not None and column == 0:
                item.setCheckState(qt.Qt.Checked if checked[row] else qt.Qt.Unchecked)
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
    if selected is not None:
        table.selectRow(selected)
    table.blockSignals(blocked)


def name_column(table: Any, column: int, text: str) -> None:
    """Call a column something else."""
    table.horizontalHeaderItem(column).setText(text)


def checked_rows(table: Any) -> list[int]:
    """Indexes of the rows whose box is checked."""
    return [row for row in range(table.rowCount) if table.item(row, 0).checkState() == qt.Qt.Checked]


def check_rows(table: Any, wanted: Sequence[int]) -> None:
    """Check exactly the rows of `wanted`."""
    blocked = table.blockSignals(True)
    for row in range(table.rowCount):
        table.item(row, 0).setCheckState(qt.Qt.Checked if row in wanted else qt.Qt.Unchecked)
    table.blockSignals(blocked)
