"""Keeps stdout for events alone: prints of any library, of C code too, go to stderr."""

from __future__ import annotations

import os
import sys


def claim_stdout() -> int:
    """Take stdout's file descriptor away from everybody else and return a private copy of it.

    Afterwards descriptor 1 is stderr, for Python, for C libraries and for child processes.
    """
    sys.stdout.flush()
    private = os.dup(1)  # not inheritable, so no child holds the client's pipe open
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private
