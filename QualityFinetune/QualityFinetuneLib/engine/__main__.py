"""`python -m QualityFinetuneLib.engine JOB.yaml` runs one job; see docs/engine.md for what it says and hears."""

from __future__ import annotations

import gc
import sys

from .worker.stdout import claim_stdout

if __name__ == "__main__":
    # Until `worker.main` has read what the job needs: PyTorch and MONAI make a million objects when they are read,
    # all of them stay, and looking for garbage among them takes a quarter of the time.
    gc.disable()
    # Before any other import: whatever a library prints must not get between the events.
    descriptor = claim_stdout()
    from .worker.main import main

    try:
        code = main(sys.argv[1:], descriptor=descriptor)
    finally:
        # What is left ends with the process. Python would look through all of PyTorch and MONAI for garbage once
        # more, which takes most of a second that the client waits.
        gc.freeze()
    sys.exit(code)
