"""The form: what a site may write, and what is said, with file, line and key, when it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.yaml_config import parse_yaml
from QualityFinetuneLib.quality.form import Form, load_form, packaged_forms
from QualityFinetuneLib.quality.pi_qual import score

Refusal = Callable[[dict[str, Any] | str], str]


def item(data: dict[str, Any], index: int) -> dict[str, Any]:
    return data["sections"][0]["items"][index]


def test_pi_qual_v2_asks_what_the_publication_asks(v2: Form) -> None:
    asked = {
        (section.id, part): len(section.of_part(part)) for section in v2.sections for part in ("technical", "visual")
    }
    assert asked == {
        ("t2w", "technical"): 1,
        ("t2w", "visual"): 4,
        ("dwi", "technical"): 3,
        ("dwi", "visual"): 4,
        ("dce", "technical"): 2,
        ("dce", "visual"): 2,
    }
    assert all(one.kind == "bool" and one.required for one in v2.items())
    assert v2.source.doi == "10.1007/s00330-024-10795-4"
    assert "paper before clinical use" in v2.notice


def test_only_wording_read_in_the_paper_is_marked_verified(v2: Form) -> None:
    technical = {one.id for one in v2.items() if one.part == "technical"}
    assert {one.id for one in v2.items() if one.verified} == technical | {"t2w_snr", "t2w_structures"}
    assert all(one.verified is (one.evidence == "V") for one in v2.items())
    assert {one.id for one in v2.unverified} == {one.id for one in v2.items() if not one.verified}


def test_every_technical_item_of_v2_can_be_read_from_headers(v2: Form) -> None:
    assert all((one.check is not None) is (one.part == "technical") for one in v2.items())


def test_the_upgrade_rule_is_off_and_marked_unofficial(v2: Form) -> None:
    assert [(one.id, one.default, one.unofficial, one.evidence) for one in v2.options] == [
        ("dce_upgrade", False, True, "S")
    ]


def test_bpmri_does_not_ask_for_dce(v2: Form) -> None:
    assert {one.section for one in v2.items("bpmri")} == {"t2w", "dwi"}
    assert {one.section for one in v2.items("mpmri")} == {"t2w", "dwi", "dce"}


def test_pi_qual_v1_is_for_mpmri_and_lets_the_reader_choose_the_score(v1: Form) -> None:
    assert v1.protocols == ("mpmri",)
    assert v1.item("quality").allowed == (1, 2, 3, 4, 5)
    assert v1.possible_scores("mpmri")["exam"] == (1, 2, 3, 4, 5)
    assert {one.id for one in v1.items() if one.kind == "bool"} == {
        "t2w_diagnostic",
        "dwi_diagnostic",
        "dce_diagnostic",
    }


@pytest.mark.parametrize("form", packaged_forms(), ids=lambda form: form.name)
def test_a_form_survives_being_written_and_read(form: Form) -> None:
    again = Form.model_validate(yaml.safe_load(yaml.safe_dump(form.model_dump(mode="json"))))
    assert again == form
    assert again.sha256 == form.sha256


def test_the_hash_follows_the_content_not_the_layout(small: Form, small_data: dict[str, Any]) -> None:
    reordered = dict(reversed(list(small_data.items())))
    assert Form.model_validate(reordered).sha256 == small.sha256
    item(small_data, 1)["label"] = "Very sharp"
    assert Form.model_validate(small_data).sha256 != small.sha256


def test_a_site_loads_its_own_form_by_path(tmp_path: Path, small_data: dict[str, Any]) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump(small_data), encoding="utf-8")
    assert load_form(path).name == "small"
    assert load_form(str(path)).title == "Small form"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"pi-qual-v1\.yaml, pi-qual-v2\.yaml") as caught:
        load_form("pi-qual-v9")
    assert caught.value.code == "not_found"


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("name: broken\ntitle: [unclosed\nversion: 1.0\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"broken\.yaml.*line 3"):
        load_form(path)


def test_a_mistake_deep_in_the_file_is_told_with_line_and_key(small_data: dict[str, Any], refusal: Refusal) -> None:
    item(small_data, 2)["kind"] = "slider"
    text = yaml.safe_dump(small_data, sort_keys=False)
    line = text.splitlines().index("    kind: slider") + 1
    said = refusal(text)
    assert f"line {line}, sections.0.items.2.kind" in said.replace("Line", "line")
    assert "'bool', 'choice' or 'scale'" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sections": []}, "sections"),
        ({"sections": "none"}, "sections"),
        ({"sections": [{"id": "x", "title": "X", "items": "none"}]}, "items"),
        ({"sections": [{"id": "x", "title": "X", "items": ["none"]}]}, "sections.0.items.0"),
        ({"sections": ["none"]}, "sections.0"),
        ({"source": {"citation": "C", "doi": "doi:1"}}, "source.doi"),
        ({"version": "one"}, "version"),
        ({"protocols": ["fast"]}, "'bpmri' or 'mpmri'"),
    ],
)
def test_a_form_of_the_wrong_shape_is_refused(
    small_data: dict[str, Any], refusal: Refusal, change: dict[str, Any], said: str
) -> None:
    assert said in refusal({**small_data, **change})


def test_the_form_in_the_documentation_is_a_form_and_does_what_is_said() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "pi-qual.md").read_text(encoding="utf-8")
    example = next(block for block in text.split("```yaml\n")[1:] if block.startswith("name:")).split("```")[0]
    form = parse_yaml(example, Form, source="pi-qual.md")
    result = score(form, {"t2w_thin": True, "t2w_grade": 3}, protocol="bpmri")
    assert (result.exam, result.reasons[-1]) == (2, "Exam score: Slices are thin and the grade is 3 (sharp).")
