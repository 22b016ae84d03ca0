from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import benchmarking
count = iter(range(9))
def work():
    print("a library talks")
    return {"turn": next(count)}
benchmarking.serve(work, before_mib=benchmarking.resident_mib())
"""


@pytest.fixture
def benchmarking(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("benchmarking")


def test_sides_take_turns_in_processes_of_their_own_and_the_first_turn_does_not_count(
    benchmarking: ModuleType,
) -> None:
    folder = str(Path(benchmarking.__file__).parent)
    with benchmarking.Side([sys.executable, "-c", CHILD, folder]) as one:
        benchmarking.alternate({"one": one}, repeats=2)
        assert [run["turn"] for run in one.runs] == [0, 1, 2]
        assert one.median("turn") == 1.5
        assert one.runs[-1]["peak_mib"] >= one.runs[-1]["before_mib"] > 1


def test_a_side_that_dies_is_told(benchmarking: ModuleType) -> None:
    with (
        pytest.raises(RuntimeError, match="code 7"),
        benchmarking.Side([sys.executable, "-c", "import sys; sys.exit(7)"]) as side,
    ):
        side.run()


def test_a_broken_promise_fails_the_script_and_is_in_the_file(
    benchmarking: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"text": "fast", "promises": [benchmarking.promise("times as fast", 3.0, at_least=2)]}
    broken = {"text": "large", "promises": [benchmarking.promise("memory", 0.6, at_most=0.5)]}
    assert benchmarking.finish({}, [kept], json_file=None) == 0
    assert benchmarking.finish({"device": "cpu"}, [kept, broken], json_file=tmp_path / "found.json") == 1
    assert "BROKEN  memory 0.6, at most 0.5" in capsys.readouterr().out
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [row["promises"][0]["held"] for row in found["rows"]] == [True, False]


def test_the_machine_is_told_in_words(benchmarking: ModuleType) -> None:
    told = benchmarking.machine(threads=2)
    assert told["threads"] == 2 and told["torch"] and told["processor"] is not None
