"""A study under real processes: killed while writing, several writing at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.common.files import complete_or_absent
from QualityFinetuneLib.study.records import Annotation, Case
from QualityFinetuneLib.study.study import Study

WRITER = Path(__file__).parent / "writer.py"


def _writer(study: Study, what: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(study.folder), what, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@pytest.mark.parametrize("acknowledged", [1, 25])
def test_every_acknowledged_reading_survives_a_kill(
    study: Study, new_case: Callable[..., Case], acknowledged: int
) -> None:
    new_case(study, "A")
    writer = _writer(study, "readings", "Reader A", 100_000)
    told = _lines(writer, acknowledged)
    writer.kill()
    rest, _ = writer.communicate()
    told += rest.split()  # acknowledged between our last look and the kill
    with Study.open(study.folder) as opened:
        assert opened.verify() == []  # integrity of the database, hashes, and the chain of readings
        kept = {reading.sha256 for reading in opened.readings.all()}
        assert set(told) <= kept
        # At most the one that was on its way when the kill came.
        assert len(kept) <= len(told) + 1
        again = _writer(opened, "readings", "Reader A", 1)
        assert again.communicate()[0].strip() == opened.readings.latest(1).sha256  # type: ignore[union-attr]


@pytest.mark.parametrize("acknowledged", [4])
def test_a_kill_during_an_import_leaves_only_whole_cases(study: Study, acknowledged: int) -> None:
    writer = _writer(study, "cases", "P", 100_000)
    told = _lines(writer, acknowledged)
    writer.kill()
    told += writer.communicate()[0].split()
    with Study.open(study.folder) as opened:
        names = {case.name for case in opened.cases.all()}
        assert set(told) <= names
        assert all(len(opened.cases.series(case.id)) == 3 for case in opened.cases.all())
        # Files of a case that was not recorded are told as belonging to nobody; nothing recorded is missing.
        assert {problem.kind for problem in opened.verify()} <= {"orphan"}


def test_processes_that_write_at_the_same_time_all_succeed(study: Study, new_case: Callable[..., Case]) -> None:
    new_case(study, "A")
    writers = [_writer(study, "readings", name, 12) for name in ("Panel", "Shell", "Panel")]
    told = [writer.communicate()[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert {reading.sha256 for reading in study.readings.all()} == {line for lines in told for line in lines}
    assert len(study.readings.all()) == 36
    assert len(study.readings.all_latest()) == 2  # one chain for each reader, though two processes wrote one of them
    assert study.verify() == []


def test_two_processes_that_import_the_same_names_get_folders_of_their_own(study: Study) -> None:
    writers = [_writer(study, "cases", patient, 8) for patient in ("P", "Q")]
    assert [len(writer.communicate()[0].split()) for writer in writers] == [8, 8]
    assert len({case.slug for case in study.cases.all()}) == 16
    assert study.verify() == []


def test_a_mask_cut_off_while_it_was_written_is_never_recorded(
    study: Study, new_case: Callable[..., Case], new_annotation: Callable[..., Annotation]
) -> None:
    case = new_case(study, "A")
    program = (
        "import os, sys, signal; from pathlib import Path;"
        "from QualityFinetuneLib.common.files import complete_or_absent\n"
        "with complete_or_absent(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = study.paths.new_annotation(case, "gland")
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode != 0
    assert not path.exists()
    assert [problem.what for problem in study.verify()] == [
        f"annotations/A/{leftover.name} is left from an interrupted write."
        for leftover in path.parent.glob(".*.nrrd")
    ]
    next_one = new_annotation(study, case)
    assert next_one.path.name == "gland-2.nrrd"


def test_a_write_that_fails_leaves_the_mask_before_it(study: Study, new_case: Callable[..., Case]) -> None:
    path = study.paths.new_annotation(new_case(study, "A"), "gland")
    path.write_bytes(b"whole")
    with pytest.raises(RuntimeError), complete_or_absent(path) as temporary:
        temporary.write_bytes(b"ha")
        raise RuntimeError
    assert path.read_bytes() == b"whole"
