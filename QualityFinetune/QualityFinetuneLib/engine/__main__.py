"""`python -m QualityFinetuneLib.engine JOB.yaml` runs one job; see docs/engine.md for what it says and hears."""

from __future__ import annotations

import sys

from .worker.stdout import claim_stdout

if __name__ == "__main__":
    # Before any other import: whatever a library prints must not get between the events.
    descriptor = claim_stdout()
    from .worker.main import main

    sys.exit(main(sys.argv[1:], descriptor=descriptor))
