"""Drawing a split from the Study panel."""

from __future__ import annotations

from typing import Any


def test_each_split_drawn_has_a_name_of_its_own_and_the_last_is_shown(opened: Any) -> None:
    opened.study.splits.draw()
    opened.study.splits.draw()
    names = [split.name for split in opened.session.study.splits.all()]
    assert names == ["split 1", "split 2"]
    assert "held out" in opened.study.ui.splitSentenceLabel.text


def test_without_exams_nothing_can_be_split(panels: Any, tmp_path: Any) -> None:
    panels.session.create(tmp_path / "Empty", name="Empty")
    assert not panels.study.ui.splitButton.isEnabled()
    assert panels.study.ui.splitSentenceLabel.text == "Without a split, every case may be trained on."
