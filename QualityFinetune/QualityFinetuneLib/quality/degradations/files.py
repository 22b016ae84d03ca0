"""Degraded cases as folders: read what a scan found, write what it will find again as simulated."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import SimpleITK as sitk

from ...cases.found import FoundCase, FoundMask
from ...cases.grid import resample_to, same_grid
from ...cases.reading import read_image, read_series, write_image
from ...cases.roles import Role
from ...cases.survey import SIMULATED_MARKER
from ...common.errors import ErrorCode, UserError
from ...common.yaml_config import load_yaml, save_yaml
from .case import DegradedCase, degrade_case
from .recipe import Recipe
from .record import DegradationRecord
from .series import CaseImage


def degrade_found(found: FoundCase, recipe: Recipe, *, name: str | None = None) -> DegradedCase:
    """Read a case that a scan found and degrade it; series of no known role are left out.

    Raises:
        UserError: as reading its files and `degrade_case` do.
    """
    images = [
        CaseImage(
            role=series.role,
            image=read_series(series),
            b_value=series.b_value,
            calculated=series.calculated,
            time_index=series.time_index,
            headers=series.headers,
        )
        for series in found.series
        if series.role is not Role.OTHER
    ]
    gland = next((mask for mask in found.masks if mask.task == "gland"), None)
    return degrade_case(
        images,
        recipe,
        gland=read_image(gland.path) if gland else None,
        name=name or found.name,
        patient=found.patient,
        source_simulated=found.simulated,
    )


def write_case(case: DegradedCase, folder: Path, *, masks: Sequence[FoundMask] = ()) -> Path:
    """Write `<folder>/<name of the case>/`: images, masks and simulated.yaml, all of it or nothing.

    Masks are copied unchanged, because degradations leave the anatomy where it is; only where a step gave the T2w
    thicker slices they are brought onto its new grid.

    Raises:
        UserError: CONFLICT when the folder is there already; DISK_FULL; what reading a mask raises.
    """
    target = folder / case.name
    if target.exists():
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"{case.name} was not written.",
            why=f"There already is a folder of that name in {folder}.",
            next="Choose another name or folder.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".degrading-", dir=folder) as made:
        work = Path(made) / case.name
        for name, image in _named(case.images):
            write_image(image, work / f"{name}.nrrd")
        for mask in masks:
            _write_mask(mask, case, work)
        save_yaml(work / SIMULATED_MARKER, case.record)
        shutil.move(work, target)
    return target


def load_record(case_folder: Path) -> DegradationRecord | None:
    """How the case in a folder was degraded, or None where nothing tells.

    Raises:
        UserError: BAD_CONFIG for a damaged record, or one of a case that was simulated from nothing.
    """
    path = case_folder / SIMULATED_MARKER
    return load_yaml(path, DegradationRecord) if path.is_file() else None


def _named(images: Sequence[CaseImage]) -> Iterator[tuple[str, sitk.Image]]:
    """File names without suffix; of two volumes for one purpose, such as two ADC maps, the second is `adc_2`."""
    seen: Counter[str] = Counter()
    for one in images:
        seen[one.name] += 1
        yield (one.name if seen[one.name] == 1 else f"{one.name}_{seen[one.name]}"), one.image


def _write_mask(mask: FoundMask, case: DegradedCase, folder: Path) -> None:
    labels = read_image(mask.path)
    t2w = next((one.image for one in case.images if one.role is Role.T2W), None)
    regridded = next((one.grid_changed for one in case.record.series if one.role is Role.T2W), False)
    if regridded and t2w is not None and not same_grid(labels, t2w):
        labels = resample_to(labels, t2w, label=True)
    source = mask.source.removeprefix(mask.task).strip("_-")
    write_image(sitk.Cast(labels, sitk.sitkUInt8), folder / f"{mask.task}{'_' + source if source else ''}.nrrd")
