"""What the button at the foot says and does."""

from __future__ import annotations

from typing import Any


def test_what_is_open_is_told_where_the_button_is(opened: Any) -> None:
    opened.go_to("Rate")
    rate = opened.rate
    rate.ui.rateSaveButton.click()
    assert "have no answer yet" in rate.message.text and rate.ui.rateMessageFrame.isVisible()
    assert opened.session.study.readings.all_latest() == []
    layout = rate.widget.layout()
    places = {layout.itemAt(i).widget(): i for i in range(layout.count()) if layout.itemAt(i).widget() is not None}
    by_name = {widget.objectName: place for widget, place in places.items()}
    assert by_name["rateScroll"] < by_name["rateMessageFrame"] < by_name["rateSaveButton"]


def test_a_message_moves_no_item(opened: Any, desktop: Any) -> None:
    opened.go_to("Rate")
    desktop.app.processEvents()
    row = opened.rate.form.rows["t2w_snr"].widget
    before = row.mapTo(opened.rate.widget, desktop.qt.QPoint(0, 0)).y()
    opened.rate.message.info("Saved: score 3. This is the next case.")
    desktop.app.processEvents()
    assert row.mapTo(opened.rate.widget, desktop.qt.QPoint(0, 0)).y() == before


def test_with_every_case_rated_it_leads_on(rated: Any) -> None:
    rated.session.show_case(rated.session.cases[0].id)
    rated.go_to("Rate")
    assert rated.rate.ui.rateSaveButton.text == "Go on to Review"
    rated.rate.saving.save_and_next()
    assert rated.step == "Review"
