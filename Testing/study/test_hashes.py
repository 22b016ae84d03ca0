from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.hashes import canonical_json, plain, reading_sha256
from QualityFinetuneLib.study.records import Case, NewReading, Reading
from QualityFinetuneLib.study.study import Study

NAMES: dict[str, Any] = {"exam": "1.2.3", "reader": "A", "software_version": "0.1.0", "supersedes_sha256": None}
START = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=1)))
READING = NewReading(
    case_id=1,
    reader_id=1,
    form="pi-qual-v2",
    form_version="1.0",
    protocol="bpmri",
    values={"b": True, "a": None, "ä": 3},
    exam_score=2,
    started=START,
    finished=START + timedelta(seconds=90),
    active_s=60,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_canonical_json_tells_the_same_and_ignores_the_order_of_keys(content: dict[str, Any]) -> None:
    assert json.loads(canonical_json(content)) == content
    assert canonical_json(dict(reversed(content.items()))) == canonical_json(content)


def test_the_hash_is_that_of_a_text_anyone_can_write_down() -> None:
    text = (
        '{"active_s":60.0,"exam":"1.2.3","exam_score":2,"finished":"2026-03-02T07:31:30.000000+00:00",'
        '"form":"pi-qual-v2","form_version":"1.0","protocol":"bpmri","reader":"A","scores":{},'
        '"software_version":"0.1.0","started":"2026-03-02T07:30:00.000000+00:00","supersedes_sha256":null,'
        '"technical":{},"values":{"a":null,"b":true,"ä":3},"visual":{}}'
    )
    assert reading_sha256(READING, **NAMES) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"values": {"b": False, "a": None, "ä": 3}},
        {"values": {"b": 1, "a": None, "ä": 3}},
        {"exam_score": 3},
        {"scores": {"t2w": 1}},
        {"technical": {"x": 1}},
        {"visual": {"x": 1}},
        {"form": "other"},
        {"form_version": "1.1"},
        {"protocol": "mpmri"},
        {"started": START - timedelta(microseconds=1)},
        {"finished": START + timedelta(seconds=91)},
        {"active_s": 60.001},
        {"repeat": 1},
        {"repeat": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_of_content_changes_the_hash(change: dict[str, Any]) -> None:
    assert reading_sha256(replace(READING, **change), **NAMES) != reading_sha256(READING, **NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_exam_reader_version_and_the_superseded_one_are_in_the_hash(name: str) -> None:
    assert reading_sha256(READING, **(NAMES | {name: "other"})) != reading_sha256(READING, **NAMES)


def test_the_hash_does_not_depend_on_the_time_zone_or_on_row_ids() -> None:
    elsewhere = timezone(timedelta(hours=-7))
    moved = replace(
        READING,
        case_id=77,
        reader_id=5,
        started=READING.started.astimezone(elsewhere),
        finished=READING.finished.astimezone(elsewhere),
    )
    assert reading_sha256(moved, **NAMES) == reading_sha256(READING, **NAMES)


def test_nothing_a_reader_gave_is_left_out_of_the_hash() -> None:
    # A field added to NewReading must be hashed too, or be named here with a reason: ids differ between copies.
    hashed = {"form", "form_version", "protocol", "values", "exam_score", "scores", "technical", "visual"}
    hashed |= {"started", "finished", "active_s", "repeat"}
    assert {field.name for field in fields(NewReading)} == hashed | {"case_id", "reader_id"}


def test_what_comes_back_from_the_database_has_the_hash_it_went_in_with(
    study: Study, new_case: Callable[..., Case], new_reading: Callable[..., Reading]
) -> None:
    case = new_case(study, "A")
    saved = new_reading(study, case, active_s=0.1 + 0.2, values={"a": 1e-17, "é": "\u2028"})
    loaded = study.readings.get(saved.id)
    expected = reading_sha256(
        loaded, exam=case.exam, reader="Reader A", software_version=saved.software_version, supersedes_sha256=None
    )
    assert loaded == saved
    assert saved.sha256 == expected


class _Choice(StrEnum):
    ONE = "one"


def test_paths_times_and_choices_become_text() -> None:
    assert plain({"a": Path("x/y"), "b": START, "c": _Choice.ONE, "d": (1, 2)}, what="config") == {
        "a": str(Path("x/y")),
        "b": "2026-03-02T08:30:00+01:00",
        "c": "one",
        "d": [1, 2],
    }


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_without_a_word_in_json_is_refused(number: float) -> None:
    with pytest.raises(UserError) as told:
        plain({"dice": [number]}, what="results of a run")
    assert told.value.code is ErrorCode.BAD_VALUES
