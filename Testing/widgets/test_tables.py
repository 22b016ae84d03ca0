"""Tables."""

from __future__ import annotations

from types import SimpleNamespace


def test_cells_boxes_and_selection(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.tables import check_rows, checked_rows, fill_table

    table = desktop.qt.QTableWidget(0, 2)
    told: list[int] = []
    table.connect("itemChanged(QTableWidgetItem*)", lambda _item: told.append(1))
    fill_table(table, [("a", "one"), ("b", "two"), ("c", "three")], checked=[True, False, True], selected=1)
    assert checked_rows(table) == [0, 2] and table.currentRow() == 1
    check_rows(table, [1])
    assert checked_rows(table) == [1]
    assert told == []
    assert table.item(2, 1).toolTip() == "three"
    fill_table(table, [])
    assert table.rowCount == 0
