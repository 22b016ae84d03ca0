"""The small curve."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.floats(-2, 3), max_size=30))
def test_points_stay_inside_and_go_right(values: list[float]) -> None:
    from harness.slicer_app import start

    start()
    from QualityFinetuneLib.widgets.sparkline import points

    found = points(values, width=100, height=40)
    assert len(found) == len(values)
    assert all(0 <= x <= 100 and 0 <= y <= 40 for x, y in found)
    assert [x for x, _y in found] == sorted(x for x, _y in found)


def test_a_higher_value_is_drawn_higher(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.sparkline import points

    (_, low), (_, high) = points([0.2, 0.9], width=100, height=40)
    assert high < low


def test_the_picture_has_the_color_of_the_line(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.sparkline import share_bar, sparkline

    qt = desktop.qt
    picture = sparkline([1.0, 1.0], width=60, height=30, line=qt.QColor("#ff0000"), grid=qt.QColor("#00ff00"))
    image = picture.toImage()
    assert (picture.width(), picture.height()) == (60, 30)
    colors = {image.pixelColor(30, y).name() for y in range(30)}
    assert "#ff0000" in colors and "#00ff00" in colors
    bar = share_bar([(3, qt.QColor("#0000ff")), (1, qt.QColor("#ffff00"))], width=80, height=4).toImage()
    assert bar.pixelColor(58, 2).name() == "#0000ff" and bar.pixelColor(62, 2).name() == "#ffff00"
    assert share_bar([(0, qt.QColor("#0000ff"))], width=8, height=2).width() == 8
