"""Which Python, and which environment it gets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.client.python import MODULE_FOLDER, VARIABLE, child_environment, engine_python

OTHER = Path("/opt/site/bin/python")
SLICER = {
    "APPLAUNCHER_LEVEL": "1",
    "APPLAUNCHER_0_PATH": "/usr/bin",
    "APPLAUNCHER_0_LD_LIBRARY_PATH": "/site/lib",
    "PATH": "/slicer/bin:/usr/bin",
    "LD_LIBRARY_PATH": "/slicer/lib",
    "PYTHONHOME": "/slicer/python",
    "PYTHONPATH": "/slicer/modules",
    "OMP_NUM_THREADS": "2",
}


def test_the_setting_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    assert engine_python(Path(sys.executable)) == Path(sys.executable).absolute()


def test_the_environment_wins_over_the_present_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    monkeypatch.setenv(VARIABLE, str(link))
    assert engine_python() == link, "a link is kept, because it makes the virtual environment"


def test_without_either_it_is_the_present_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert engine_python() == Path(sys.executable)


def test_a_missing_python_is_told_with_who_named_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/no/such/python")
    with pytest.raises(UserError, match=VARIABLE) as caught:
        engine_python()
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_another_python_gets_the_environment_from_before_slicer() -> None:
    child = child_environment(OTHER, environment=SLICER)
    assert "PYTHONHOME" not in child
    assert child["LD_LIBRARY_PATH"] == "/site/lib"
    assert child["PATH"] == "/usr/bin"
    assert child["PYTHONPATH"] == str(MODULE_FOLDER)
    assert not any(name.startswith("APPLAUNCHER") for name in child)
    assert child["OMP_NUM_THREADS"] == "2"


def test_slicers_own_python_keeps_what_slicer_set() -> None:
    child = child_environment(Path(sys.executable), environment=SLICER)
    assert child["PYTHONHOME"] == "/slicer/python"
    assert child["LD_LIBRARY_PATH"] == "/slicer/lib"
    assert child["PYTHONPATH"].split(os.pathsep) == [str(MODULE_FOLDER), "/slicer/modules"]


def test_the_home_folders_packages_stay_out_and_text_is_utf8() -> None:
    child = child_environment(OTHER, environment={})
    assert child["PYTHONNOUSERSITE"] == "1" and child["PYTHONUTF8"] == "1" and child["DO_NOT_TRACK"] == "1"


def test_outside_slicer_another_python_keeps_the_users_own_paths() -> None:
    child = child_environment(OTHER, environment={"LD_LIBRARY_PATH": "/cuda/lib", "PYTHONPATH": "/mine"})
    assert child["LD_LIBRARY_PATH"] == "/cuda/lib"
    assert child["PYTHONPATH"].split(os.pathsep) == [str(MODULE_FOLDER), "/mine"]


def test_a_site_packages_folder_is_not_shown_to_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("QualityFinetuneLib.engine.client.python.MODULE_FOLDER", Path("/x/site-packages"))
    assert "PYTHONPATH" not in child_environment(OTHER, environment={})


def test_freed_memory_is_kept_for_the_next_tensor_unless_the_user_decides_otherwise() -> None:
    python = Path(sys.executable)
    assert int(child_environment(python, environment={})["MALLOC_TRIM_THRESHOLD_"]) > 1_000_000_000
    assert child_environment(python, environment={"MALLOC_TRIM_THRESHOLD_": "7"})["MALLOC_TRIM_THRESHOLD_"] == "7"


def test_waiting_threads_sleep_unless_the_user_decides_otherwise() -> None:
    python = Path(sys.executable)
    assert child_environment(python, environment={})["OMP_WAIT_POLICY"] == "PASSIVE"
    assert child_environment(python, environment={"OMP_WAIT_POLICY": "ACTIVE"})["OMP_WAIT_POLICY"] == "ACTIVE"
