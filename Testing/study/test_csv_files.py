from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.study.csv_files import write_csv


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_columns_come_in_the_asked_order_and_others_after_them(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"b": 1}, {"a": 2, "c": 3}], columns=("a", "b"))
    assert path.read_text(encoding="utf-8").splitlines() == ["a,b,c", ",1,", "2,,3"]


def test_no_rows_still_have_their_columns(tmp_path: Path) -> None:
    assert write_csv(tmp_path / "a.csv", [], columns=("a", "b")).read_text(encoding="utf-8").strip() == "a,b"


def test_values_are_written_so_that_they_can_be_read(tmp_path: Path) -> None:
    row = {"no": None, "yes": True, "when": datetime(2026, 3, 2, tzinfo=UTC), "what": {"b": 1, "a": "ä"}, "n": -1.5}
    (read,) = _read(write_csv(tmp_path / "a.csv", [row], columns=()))
    assert read == {
        "no": "",
        "yes": "true",
        "when": "2026-03-02T00:00:00+00:00",
        "what": '{"a":"ä","b":1}',
        "n": "-1.5",
    }


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=20))
def test_no_text_is_run_as_a_formula(tmp_path_factory: object, text: str) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"  # type: ignore[attr-defined]
    (read,) = _read(write_csv(path, [{"a": text, "b": 1}], columns=("a",)))
    assert read["a"].removeprefix("'") == text.removeprefix("'")
    assert not read["a"].startswith(("=", "+", "-", "@", "\t"))
