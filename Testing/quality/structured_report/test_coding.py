from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.quality.form import load_form, packaged_forms
from QualityFinetuneLib.quality.structured_report.coding import LONGEST_MEANING, RECORD_FIELDS, code, codes_of, split

DOCS = Path(__file__).parents[3] / "docs" / "structured-report.md"


def test_every_code_of_every_form_is_unique_and_fits_into_dicom() -> None:
    values = [one.value for form in packaged_forms() for one in codes_of(form)]
    assert len(values) == len(set(values)) > 30
    for form in packaged_forms():
        for one in codes_of(form):
            assert 0 < len(one.meaning) <= LONGEST_MEANING
            assert len(one.value) <= 64 and one.value.isascii()


def test_a_code_can_be_taken_apart() -> None:
    assert split(code("pi-qual-v2", "item", "t2w_snr", "x").value) == ("pi-qual-v2", "item", "t2w_snr")
    assert split("f:value:plane=5")[2] == "plane=5"
    with pytest.raises(ValueError, match="unpack"):
        split("126000")


def test_a_long_wording_is_cut_visibly() -> None:
    cut = code("f", "item", "x", "word " * 30).meaning
    assert len(cut) <= LONGEST_MEANING and cut.endswith("...")


@pytest.mark.parametrize("name", ["pi-qual-v1", "pi-qual-v2"])
def test_the_table_in_the_documentation_is_complete(name: str) -> None:
    text = DOCS.read_text(encoding="utf-8")
    for one in codes_of(load_form(name)):
        assert f"| `{one.value}` | {one.meaning} |" in text
    for field, meaning in RECORD_FIELDS.items():
        assert f"| `qualityfinetune:record:{field}` | {meaning} |" in text
