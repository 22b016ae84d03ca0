"""Only events get onto stdout, whoever prints."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import os, subprocess, sys
from QualityFinetuneLib.engine.worker.stdout import claim_stdout
print("before", flush=True)
private = claim_stdout()
print("from python")
sys.stdout.flush()
os.write(1, b"from the descriptor\\n")
subprocess.run([sys.executable, "-c", "print('from a child')"])
os.write(private, b"event\\n")
assert not os.get_inheritable(private)
"""


def test_prints_of_python_of_descriptors_and_of_children_go_to_stderr() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, timeout=60, check=True)
    assert told.stdout.split() == [b"before", b"event"]
    for words in (b"from python", b"from the descriptor", b"from a child"):
        assert words in told.stderr
