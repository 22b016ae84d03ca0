from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.paths import StudyPaths, reservation_of
from QualityFinetuneLib.study.records import Case
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def paths(tmp_path: Path) -> StudyPaths:
    return StudyPaths(tmp_path / "study")


def test_a_path_inside_goes_into_the_database_and_comes_back(paths: StudyPaths) -> None:
    path = paths.cases / "A" / "t2w.nrrd"
    assert paths.relative(path) == "cases/A/t2w.nrrd"
    assert paths.absolute("cases/A/t2w.nrrd") == path


@pytest.mark.parametrize("text", ["../outside.nrrd", "cases/../../outside.nrrd", "/etc/passwd"])
def test_a_path_that_leads_out_is_refused_both_ways(paths: StudyPaths, text: str) -> None:
    for step in (lambda: paths.absolute(text), lambda: paths.relative(paths.folder / text)):
        with pytest.raises(UserError) as told:
            step()
        assert told.value.code is ErrorCode.BAD_CONFIG


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege for links")
def test_a_link_that_leads_out_is_refused(paths: StudyPaths, tmp_path: Path) -> None:
    paths.cases.mkdir(parents=True)
    (paths.cases / "link").symlink_to(tmp_path)
    with pytest.raises(UserError):
        paths.absolute("cases/link/secret")


def test_two_cases_of_one_name_get_two_folders_even_where_case_does_not_count(paths: StudyPaths) -> None:
    assert [paths.new_case(name).name for name in ("Case A", "case a", "Case A")] == [
        "Case-A",
        "case-a-2",
        "Case-A-3",
    ]


def test_many_at_once_never_get_the_same_folder(paths: StudyPaths) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: paths.new_case("A"), range(40)))
    assert len(set(folders)) == 40


def test_series_of_one_name_get_two_files(paths: StudyPaths) -> None:
    folder = paths.new_case("A")
    first = paths.series(folder, "DWI b=800")
    first.touch()
    assert [first.name, paths.series(folder, "dwi b 800").name] == ["DWI-b-800.nrrd", "dwi-b-800-2.nrrd"]


def test_many_at_once_never_get_the_same_mask(study: Study, new_case: Callable[..., Case]) -> None:
    case = new_case(study, "A")

    def take(_: int) -> Path:
        path = study.paths.new_annotation(case, "gland")
        path.write_bytes(b"mask")
        reservation_of(path).unlink()
        return path

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(40)))
    assert len(set(taken)) == 40


def test_a_mask_that_is_being_written_keeps_its_name(study: Study, new_case: Callable[..., Case]) -> None:
    case = new_case(study, "A")
    names = [study.paths.new_annotation(case, "gland").name for _ in range(2)]
    assert names == ["gland-1.nrrd", "gland-2.nrrd"]
    assert not any(path.name in names for path in (study.paths.annotations / case.slug).iterdir())
