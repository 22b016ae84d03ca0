"""Who tells the direction of phase encoding, and what is assumed."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.phase_encoding import phase_encoding

AXIAL, CORONAL = np.array([0.0, 0.2, 0.98]), np.array([0.0, 1.0, 0.0])
TILTED = [1.0, 0.0, 0.0, 0.0, 0.95, -0.32]


def test_the_recipe_outranks_the_headers() -> None:
    found = phase_encoding(
        stated="LR", headers={"InPlanePhaseEncodingDirection": "COL", "ImageOrientationPatient": TILTED}
    )
    assert found.source == "recipe"
    assert found.vector(AXIAL).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("word", "expected"), [("ROW", [1.0, 0.0, 0.0]), ("COL", [0.0, 0.95, -0.32])])
def test_headers_name_a_row_or_a_column(word, expected) -> None:
    found = phase_encoding(
        stated=None, headers={"InPlanePhaseEncodingDirection": word, "ImageOrientationPatient": TILTED}
    )
    assert found.source == "header"
    assert found.vector(AXIAL).tolist() == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"InPlanePhaseEncodingDirection": "ROW"},
        {"InPlanePhaseEncodingDirection": "OTHER", "ImageOrientationPatient": TILTED},
        {"InPlanePhaseEncodingDirection": "ROW", "ImageOrientationPatient": [1, 0, 0]},
    ],
)
def test_without_a_word_it_is_front_to_back_and_in_coronal_slices_left_to_right(headers) -> None:
    found = phase_encoding(stated=None, headers=headers)
    assert found.source == "assumed"
    assert found.vector(AXIAL).tolist() == [0.0, 1.0, 0.0]
    assert found.vector(CORONAL).tolist() == [1.0, 0.0, 0.0]
