"""Files that are complete or not there, whatever happens while they are written."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.common import files
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import complete_or_absent, inside, sha256_of, write_text, write_with


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_as_utf8(tmp_path) -> None:
    write_text(tmp_path / "deep" / "er" / "a.txt", "Größe 3 µm")
    assert (tmp_path / "deep" / "er" / "a.txt").read_bytes() == "Größe 3 µm".encode()


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), complete_or_absent(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_an_error_leaves_no_new_file(tmp_path) -> None:
    with pytest.raises(ValueError, match="x"):
        write_with(tmp_path / "a.txt", lambda path: (_ for _ in ()).throw(ValueError("x")))
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a.nii.gz", "a.seg.nrrd", "a.tar.gz", "a.nrrd", "plain"])
def test_the_temporary_name_keeps_every_suffix(tmp_path, name) -> None:
    with complete_or_absent(tmp_path / name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.name.endswith(name[1:] if name.startswith("a.") else "")
        temporary.write_text("x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("number, expected", [(errno.ENOSPC, UserError), (errno.EACCES, PermissionError)])
def test_a_full_disk_is_told_and_other_errors_pass(tmp_path, number, expected) -> None:
    def fail(path: Path) -> None:
        raise OSError(number, "no")

    with pytest.raises(expected) as caught:
        write_with(tmp_path / "a.txt", fail)
    if expected is UserError:
        assert caught.value.code is ErrorCode.DISK_FULL
        assert "a.txt" in caught.value.what
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="kills a process the POSIX way")
def test_a_killed_writer_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from QualityFinetuneLib.common.files import complete_or_absent\n"
        "with complete_or_absent(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    package = Path(files.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run([sys.executable, "-c", program, str(path)], env=environment, check=False)
    assert done.returncode == -9
    assert path.read_text() == "old"


def test_folders_cannot_be_synced_on_windows(tmp_path, monkeypatch) -> None:
    opened = []
    monkeypatch.setattr(files.os, "open", lambda *args: opened.append(args))
    monkeypatch.setattr(files.os, "name", "nt")
    files._sync_folder(tmp_path)
    monkeypatch.undo()
    assert not opened


@given(content=st.binary(max_size=300))
def test_hashes_are_sha256_of_the_content(tmp_path_factory, content) -> None:
    path = tmp_path_factory.mktemp("hash") / "a"
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("relative", ["a", "a/b.nrrd", "a/../b", "."])
def test_paths_inside_are_used(tmp_path, relative) -> None:
    assert inside(tmp_path, relative).is_relative_to(tmp_path.resolve())


@pytest.mark.parametrize("relative", ["..", "../x", "a/../../x", "/etc/passwd"])
def test_paths_that_lead_out_are_refused(tmp_path, relative) -> None:
    with pytest.raises(UserError) as caught:
        inside(tmp_path, relative)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_a_link_that_leads_out_is_refused(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    with pytest.raises(UserError, match="leads out"):
        inside(tmp_path / "in", "link/secret")
