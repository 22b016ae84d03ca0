"""What a measure claims to see it sees: in the page of correlations, and here on a simulated exam."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.simulated import make_cohort
from QualityFinetuneLib.quality.degradations import CaseImage, degrade_case, single
from QualityFinetuneLib.quality.measures import DEFINITIONS, definitions, measure

PAGE = Path(__file__).parents[3] / "docs" / "measures-by-degradation.md"
CLAIMS = {(one.name, kind) for one in definitions() for kind in one.sees}
BY_KIND = {kind: tuple(sorted(name for name, seen in CLAIMS if seen == kind)) for _, kind in sorted(CLAIMS)}
MEASURED_ON = {
    "epi_distortion": (Role.DWI, 50.0),
    "n2_ghost": (Role.DWI, 50.0),
    "eddy": (Role.DWI, 800.0),
    "adc_noise": (Role.ADC, None),
    "high_b_noise": (Role.ADC, None),
}
SEVERITIES = (0.0, 0.5, 1.0)
SLICES = 6


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"### {heading}\n", 1)[1].split("\n### ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_has_the_claims_of_the_code_and_no_others() -> None:
    assert {(row[0], row[1]) for row in rows("Claims")} == CLAIMS
    assert len(rows("Claims")) == len(CLAIMS)


def test_every_claim_holds_in_the_page() -> None:
    for name, kind, median, worst, share, verdict in rows("Claims"):
        assert verdict == "monotone", (name, kind)
        assert float(median) >= 0.9 and float(worst) >= 0.7, (name, kind)
        assert re.fullmatch(r"\d+ of [1-9]\d*", share), (name, kind)


def test_the_page_ranks_the_real_pair_in_sharpness_and_ghosting() -> None:
    ranked = {row[0]: row[-1] for row in rows("The real pair")}
    for name in ("sharpness", "gland_sharpness", "ghost_energy", "coarse_ghosts", "ghost_streaks"):
        assert ranked[name] == "yes", name


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[CaseImage], sitk.Image]:
    """A simulated exam around its gland; signals at b 50, 400 and 800 that have its high b-value and its ADC."""
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder, patients=1, seed=7, low_quality_share=0.0, size=(150, 150, 12), spacing_mm=(1.0, 1.0, 3.0))
    folder = folder / "Simulated-0001"
    t2w, hbv, adc, gland = (read_image(folder / f"{name}.nrrd") for name in ("t2w", "hbv", "adc", "gland"))
    start = max(0, int(np.median(np.argwhere(sitk.GetArrayViewFromImage(gland) > 0)[:, 0])) - 3)
    t2w, gland = t2w[:, :, start : start + SLICES], gland[:, :, start : start + SLICES]
    values = sitk.GetArrayFromImage(adc).astype(float) * 1e-6
    images = [CaseImage(role=Role.T2W, image=t2w), CaseImage(role=Role.ADC, image=adc)]
    for b in (50.0, 400.0, 800.0):
        signal = sitk.GetArrayFromImage(hbv) * np.exp((1400.0 - b) * np.clip(values, 0, 2.5e-3))
        image = sitk.GetImageFromArray(signal.astype(np.float32))
        image.CopyInformation(hbv)
        images.append(CaseImage(role=Role.DWI, image=image, b_value=b, calculated=False))
    return images, gland


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_each_claim_on_a_simulated_exam(kind: str, exam: tuple[list[CaseImage], sitk.Image]) -> None:
    images, gland = exam
    role, b_value = MEASURED_ON.get(kind, (Role.T2W, None))
    found = []
    for severity in SEVERITIES:
        case = degrade_case(images, single(kind, severity, seed=0), gland=gland)
        found.append(
            measure(
                case.image(role, b_value=b_value),
                gland=gland,
                role=role,
                t2w=case.image(Role.T2W),
                low_b=case.image(Role.DWI, b_value=50.0) if b_value == 800.0 else None,
                phase_encoding="COL",
                only=BY_KIND[kind],
            )
        )
    seen = 0
    for name in BY_KIND[kind]:
        if all(one[name].defined for one in found):
            seen += 1
            values = [one[name].value * (1 if DEFINITIONS[name].better == "lower" else -1) for one in found]
            assert values[2] > values[0] and values[2] > values[1], (name, values)
    assert seen
