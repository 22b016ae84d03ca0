"""No member of a tree outlives `kill`, and no stranger is harmed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from QualityFinetuneLib.engine.client.process_tree import ProcessTree

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
time.sleep(300)
"""


@pytest.fixture
def family() -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A process and its child."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    yield parent, child
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        if process.pid in (parent.pid, child.pid):
            process.kill()
    parent.stdout.close()
    parent.wait(timeout=5)


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_children_die_with_their_parent(family: tuple[subprocess.Popen[str], psutil.Process]) -> None:
    parent, child = family
    tree = ProcessTree(parent.pid)
    assert {process.pid for process in tree.alive()} == {parent.pid, child.pid}
    assert tree.kill() == []
    assert tree.alive() == [] and ended(child)


def test_a_named_member_is_found_when_its_parent_is_gone(
    family: tuple[subprocess.Popen[str], psutil.Process],
) -> None:
    parent, child = family
    tree = ProcessTree(parent.pid)
    tree.add(child.pid)
    parent.kill()
    parent.wait(timeout=5)
    assert [process.pid for process in tree.alive()] == [child.pid]
    tree.kill()
    assert ended(child)


def test_a_process_that_is_gone_or_never_was_is_no_member() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(timeout=30)
    tree = ProcessTree(gone.pid)
    tree.add(gone.pid)
    assert tree.alive() == [] and tree.kill() == []


def test_a_zombie_counts_as_ended() -> None:
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    tree = ProcessTree(zombie.pid)
    deadline = time.monotonic() + 30
    while tree.alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tree.alive() == []
    zombie.wait(timeout=5)
