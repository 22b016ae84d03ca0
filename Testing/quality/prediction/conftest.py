"""Examples whose quality follows from two measures, with noise and a patient's own offset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from QualityFinetuneLib.quality.prediction import Example, Target

MakeExamples = Callable[..., list[Example]]


@pytest.fixture(scope="session")
def examples() -> MakeExamples:
    """`examples(patients=8)`: for each patient and fault five severities; `strange` follows other measures."""

    def make(
        *, patients: int = 8, seed: int = 0, faults: tuple[str, ...] = ("noise", "motion"), noise: float = 0.3
    ) -> list[Example]:
        rng = np.random.default_rng(seed)
        made = []
        for patient in range(patients):
            offset = rng.normal(0, noise)
            for fault in faults:
                for severity in (0.0, 0.25, 0.5, 0.75, 1.0):
                    seen = -severity if fault == "strange" else severity
                    values = {
                        "sharpness": 10 - 4 * seen + offset + rng.normal(0, noise),
                        "noise": 1 + 3 * seen + offset + rng.normal(0, noise),
                        "constant": 5.0,
                        "rare": None if severity < 0.5 else 1.0,
                        "nothing": float("nan"),
                    }
                    name = "none" if severity == 0 else fault
                    made.append(Example(patient=f"P{patient}", target=1 - severity, values=values, artefact=name))
        return made

    return make


@pytest.fixture(scope="session")
def quality() -> Target:
    return Target(kind="severity", low=0.0, high=1.0)
