"""The readings of the demo: a named program, not a person, that reads the recipe of each simulated exam."""

from __future__ import annotations

from pathlib import Path

from ..cases.simulated.recipe import SimulatedRecipe, load_recipe
from ..study.records import Case, Reading
from ..study.study import Study
from ..workflow.rating import Rater

NAME = "simulated reader"


def rate_simulated(study: Study, case: Case, exams: Path) -> Reading | None:
    """A complete PI-QUAL v2 reading of a simulated case; None for any other case, which only a person can rate.

    Args:
        study: receives the reading.
        case: what to rate.
        exams: folder that holds the exam's folder with its recipe.
    """
    recipe = load_recipe(exams / case.name) if case.simulated else None
    if recipe is None:
        return None
    rater = Rater(study, study.readers.ensure(NAME), case)
    for item, value in answers(recipe).items():
        rater.set(item, value)
    return rater.save()


def answers(recipe: SimulatedRecipe) -> dict[str, bool]:
    """Answers to the items of the form pi-qual-v2, from the settings that the exam was simulated with."""
    return {
        "t2w_slice_thickness": recipe.t2w_slice_thickness_mm <= 3.05,
        "t2w_snr": recipe.t2w_snr >= 15.0,
        "t2w_structures": recipe.t2w_resolution_share >= 0.75,
        "t2w_artefacts": recipe.t2w_motion_mm <= 0.6,
        "t2w_second_plane": recipe.t2w_resolution_share >= 0.65,
        # The simulated protocol: 3 mm slices, b 1400, and an ADC that stands for one fitted to low b-values.
        "dwi_slice_thickness": True,
        "dwi_high_b": True,
        "dwi_adc_b_values": True,
        "dwi_snr": recipe.diffusion_snr >= 12.0,
        "dwi_zones": recipe.diffusion_snr >= 10.0,
        "dwi_artefacts": recipe.diffusion_distortion_mm <= 6.0,
        "dwi_match": recipe.diffusion_distortion_mm <= 8.0,
    }
