"""What is written on a picture."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from harness.exams import GRIDS, gland_on, segmentation_node
from QualityFinetuneLib.scene import captions, names


def _node(name: str, simulated: str | None = None):
    attributes = {names.SIMULATED: simulated}
    return SimpleNamespace(GetName=lambda: name, GetAttribute=attributes.get)


def test_the_title_tells_series_slice_and_segmentation():
    lines = captions.title_of(_node("T2w"), _node("Gland (model, draft)"), number=9, count=19)
    assert lines == ["T2w   slice 9 of 19", "Gland (model, draft)"]


def test_simulated_is_told_once():
    assert captions.title_of(_node("T2w", "true"), None, number=1, count=2)[-1] == "simulated"
    named = captions.title_of(_node("T2w, simulated", "true"), None, number=1, count=2)
    assert named == ["T2w, simulated   slice 1 of 2"]


def test_a_long_line_goes_on_below_and_loses_no_word():
    long = "Peripheral and transition zone (imported, accepted), simulated"
    parts = captions.wrapped(["T2w   slice 9 of 19", long])
    assert parts[0] == "T2w   slice 9 of 19"
    assert " ".join(parts[1:]) == long
    assert all(len(part) <= captions.MOST_LETTERS for part in parts)


@pytest.mark.parametrize(
    ("direction", "letter"), [((1, 0, 0), "R"), ((-1, 0.4, 0), "L"), ((0, -0.9, 0.2), "P"), ((0.1, 0.2, 0.9), "S")]
)
def test_sides_are_letters_of_the_patient(direction, letter):
    # RAS axes: x grows to the right of the patient
    assert captions.side_of(np.array(direction, dtype=float)) == letter


def test_an_axial_picture_has_r_at_the_left_and_a_on_top(scene):
    axial = np.diag([-1.0, 1.0, 1.0, 1.0])
    texts = [prop.GetInput() for prop in captions.sides(axial, below_lines=1, size_px=(200, 200))]
    assert texts == ["R", "A"]


def test_the_scale_is_twenty_millimetres_long(scene):
    bar, text = captions.scale(mm_per_px=0.25, size_px=(640, 640))
    bar.GetMapper().Update()
    low, high, *_ = bar.GetMapper().GetInput().GetBounds()
    assert high - low == pytest.approx(80)
    assert text.GetInput() == "20 mm"


def test_a_scale_that_does_not_fit_is_left_out(scene):
    assert captions.scale(mm_per_px=0.1, size_px=(200, 200)) == []


def test_the_legend_names_only_what_is_drawn(scene, zones):
    geometry = GRIDS["plain"]
    both = segmentation_node(scene, zones, geometry, gland_on(geometry))
    one = segmentation_node(scene, zones, geometry, (gland_on(geometry) == 1).astype(np.uint8))
    assert [prop.GetInput() for prop in captions.legend(both, size_px=(300, 300))] == [
        "Transition zone",
        "Peripheral zone",
    ]
    assert [prop.GetInput() for prop in captions.legend(one, size_px=(300, 300))] == ["Peripheral zone"]


def test_letters_stay_readable_on_small_pictures():
    assert captions.font_px((100, 800)) == captions.SMALLEST_FONT_PX
    assert captions.font_px((1120, 1120)) == 40
