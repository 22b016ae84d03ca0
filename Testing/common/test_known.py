"""What is known by name: the packaged files first, then a site's own; a wrong one is told and harms no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ConfigDict

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.known import MOST_BYTES, MOST_FILES, Known, Named, adopt, known, read_own


class Thing(Named):
    """What the files of these tests hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    size: int


def put(folder: Path, file: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def packaged(tmp_path: Path) -> list[Path]:
    return [put(tmp_path / "packaged", "cup.yaml", "name: cup\nsize: 1\n")]


def names(found: Known[Thing]) -> list[str]:
    return list(found.each)


def test_own_files_follow_the_packaged_ones_and_a_folder_need_not_exist(tmp_path: Path, packaged: list[Path]) -> None:
    put(tmp_path / "own", "any-name.yml", "name: bowl\nsize: 2\n")
    found = known(Thing, packaged=packaged, folders=[tmp_path / "absent", tmp_path / "own"])
    assert names(found) == ["cup", "bowl"] and found.problems == ()
    assert [one.name for one in found.own] == ["bowl"] and found.files["bowl"].name == "any-name.yml"


def test_a_wrong_file_is_told_with_line_and_key_and_the_others_stay(tmp_path: Path, packaged: list[Path]) -> None:
    put(tmp_path, "a.yaml", "name: pot\nsize: large\n")
    put(tmp_path, "b.yaml", "name: pan\nsize: 3\n")
    found = known(Thing, packaged=packaged, folders=[tmp_path])
    assert names(found) == ["cup", "pan"]
    (problem,) = found.problems
    assert problem.code is ErrorCode.BAD_CONFIG and "line 2, size" in problem.why.lower()


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [echo]",
        "name: ../../evil\nsize: 1\n",
        "name: Cup\nsize: 1\n",
        "name: [a]\nsize: 1\n",
        "- 1\n- 2\n",
        "",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}' if i else '*a'] * 9)}]\n" for i in range(9)),
        "name: x" * 3 + "\x00",
    ],
    ids=["code", "path", "capital", "list for a name", "no mapping", "empty", "billion laughs", "nothing readable"],
)
def test_nothing_untrusted_gets_in(tmp_path: Path, packaged: list[Path], text: str) -> None:
    put(tmp_path, "evil.yaml", text)
    found = known(Thing, packaged=packaged, folders=[tmp_path])
    assert names(found) == ["cup"] and len(found.problems) == 1
    assert found.problems[0].code in (ErrorCode.BAD_CONFIG, ErrorCode.UNREADABLE_FILE)


def test_what_is_far_too_large_or_no_file_is_not_read(tmp_path: Path, packaged: list[Path]) -> None:
    put(tmp_path, "large.yaml", "#" * (MOST_BYTES + 1))
    (tmp_path / "folder.yaml").mkdir()
    if hasattr(os, "mkfifo"):  # not on Windows
        os.mkfifo(tmp_path / "pipe.yaml")
    put(tmp_path, "._cup.yaml", "left by another program")
    found = known(Thing, packaged=packaged, folders=[tmp_path])
    assert names(found) == ["cup"]
    assert [problem.what for problem in found.problems] == ["large.yaml could not be read."]


def test_a_folder_that_was_not_meant_costs_little(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 20):
        put(tmp_path, f"{number}.yaml", f"name: n{number}\nsize: 1\n")
    assert len(known(Thing, packaged=[], folders=[tmp_path]).each) == MOST_FILES


def test_of_two_with_one_name_the_first_counts_and_the_other_is_told(tmp_path: Path, packaged: list[Path]) -> None:
    put(tmp_path / "study", "pan.yaml", "name: pan\nsize: 3\n")
    put(tmp_path / "user", "pan.yaml", "name: pan\nsize: 4\n")
    put(tmp_path / "user", "cup.yaml", "name: cup\nsize: 9\n")
    found = known(Thing, packaged=packaged, folders=[tmp_path / "study", tmp_path / "user"])
    assert found.each["pan"].size == 3 and found.each["cup"].size == 1
    assert [problem.code for problem in found.problems] == [ErrorCode.CONFLICT] * 2
    assert "comes with the module" in found.problems[0].why and "pan.yaml in study" in found.problems[1].why


def test_the_same_content_twice_is_no_problem(tmp_path: Path, packaged: list[Path]) -> None:
    put(tmp_path, "cup.yaml", "name: cup\nsize: 1\n")
    assert known(Thing, packaged=packaged, folders=[tmp_path]).problems == ()


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = put(tmp_path, "pan.yaml", "name: pan\nsize: 3\n")
    assert read_own(path, Thing).size == 3
    path.write_text("name: pan\nsize: 44\n")
    assert read_own(path, Thing).size == 44
    path.unlink()
    with pytest.raises(UserError) as told:
        read_own(path, Thing)
    assert told.value.code is ErrorCode.UNREADABLE_FILE


def test_what_is_adopted_stays_known_without_the_file_it_came_from(tmp_path: Path, packaged: list[Path]) -> None:
    source = put(tmp_path / "elsewhere", "mine.yaml", "name: pan\nsize: 3\n")
    folder = tmp_path / "study"
    kept = adopt(read_own(source, Thing), known(Thing, packaged=packaged, folders=[folder]), folder=folder)
    source.unlink()
    found = known(Thing, packaged=packaged, folders=[folder])
    assert kept == folder / "pan.yaml" and found.each["pan"].size == 3
    assert adopt(found.each["pan"], found, folder=folder) == kept and len(list(folder.iterdir())) == 1
    assert adopt(found.each["cup"], found, folder=folder) == packaged[0], "a packaged one needs no copy"


def test_another_meaning_for_a_known_name_is_not_adopted(tmp_path: Path, packaged: list[Path]) -> None:
    found = known(Thing, packaged=packaged, folders=[tmp_path])
    with pytest.raises(UserError) as told:
        adopt(Thing(name="cup", size=7), found, folder=tmp_path)
    assert told.value.code is ErrorCode.CONFLICT
    put(tmp_path, "pan.yaml", "name: other\nsize: 1\n")
    with pytest.raises(UserError) as told:
        adopt(Thing(name="pan", size=7), known(Thing, packaged=[], folders=[tmp_path]), folder=tmp_path)
    assert told.value.code is ErrorCode.CONFLICT and "holds something else" in told.value.why
    assert (tmp_path / "pan.yaml").read_text() == "name: other\nsize: 1\n"
