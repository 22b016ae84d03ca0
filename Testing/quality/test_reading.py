"""A filled form: parts apart, progress, and a hash that follows the content."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.quality.reading import fill, progress

V2 = load_form("pi-qual-v2")
ITEMS = [item.id for item in V2.items("mpmri")]
answers = st.dictionaries(st.sampled_from(ITEMS), st.booleans())


def test_technical_and_visual_answers_are_kept_apart(v2: Form) -> None:
    filled = fill(v2, {"t2w_slice_thickness": True, "t2w_snr": False, "dwi_high_b": None}, protocol="bpmri")
    assert filled.technical == {"t2w_slice_thickness": True}
    assert filled.visual == {"t2w_snr": False}
    assert filled.values == {"t2w_slice_thickness": True, "t2w_snr": False}


@settings(max_examples=60, deadline=None)
@given(values=answers)
def test_every_answer_is_in_one_part(values: dict[str, bool]) -> None:
    filled = fill(V2, values, protocol="mpmri")
    assert {**filled.technical, **filled.visual} == values
    assert not set(filled.technical) & set(filled.visual)
    assert filled.progress.answered == len(values)
    assert filled.progress.complete is (filled.score.exam is not None)


def test_progress_counts_required_items_of_the_protocol(v2: Form, small: Form) -> None:
    assert str(progress(v2, {"t2w_snr": True, "dce_vessels": True}, protocol="bpmri")) == "1 of 12 answered"
    assert str(progress(v2, {"t2w_snr": True, "dce_vessels": True}, protocol="mpmri")) == "2 of 16 answered"
    done = progress(small, {"thin": True, "sharp": False, "grade": 1}, protocol="bpmri")
    assert done.complete


def test_the_hash_ignores_order_and_open_items(v2: Form) -> None:
    one = fill(v2, {"t2w_snr": True, "dwi_snr": False}, protocol="bpmri")
    other = fill(v2, {"dwi_snr": False, "dwi_zones": None, "t2w_snr": True}, protocol="bpmri")
    assert one.sha256 == other.sha256
    assert len(one.sha256) == 64


def test_the_hash_changes_with_answer_protocol_option_and_form(v2: Form, small_data) -> None:
    values = {"t2w_snr": True}
    hashes = {
        fill(v2, values, protocol="bpmri").sha256,
        fill(v2, {"t2w_snr": False}, protocol="bpmri").sha256,
        fill(v2, values, protocol="mpmri").sha256,
        fill(v2, values, protocol="mpmri", options={"dce_upgrade": True}).sha256,
    }
    assert len(hashes) == 4
    before = fill(Form.model_validate(small_data), {"thin": True}, protocol="bpmri")
    small_data["sections"][0]["items"][0]["label"] = "Slices of 3 mm"
    after = fill(Form.model_validate(small_data), {"thin": True}, protocol="bpmri")
    assert before.sha256 != after.sha256
    assert before.form_sha256 != after.form_sha256


def test_an_answer_out_of_the_scale_is_refused(small: Form) -> None:
    with pytest.raises(UserError, match="This item allows 1, 2, 3"):
        fill(small, {"grade": 9}, protocol="bpmri")


def test_a_filled_form_carries_its_score_and_the_options_it_was_scored_with(v2: Form) -> None:
    filled = fill(v2, dict.fromkeys(ITEMS, True), protocol="mpmri")
    assert filled.score.exam == 3
    assert filled.options == {"dce_upgrade": False}
    assert (filled.form, filled.form_version) == ("pi-qual-v2", v2.version)
