"""MRQy's published numbers, reproduced from the DICOM files that they were computed from."""

from __future__ import annotations

import csv
import math
import tarfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.quality.measures.mrqy import measure_slices, mrqy
from QualityFinetuneLib.quality.measures.mrqy_slice import EXTENDED, FIFTEEN

EMPTY_BACKGROUND = {"SNR4", "CNR", "FBER"}
NOT_PUBLISHED = {"SNR5", "SNR9"}


@pytest.fixture(scope="module")
def published(real_data: Path) -> dict[str, dict[str, str]]:
    with (real_data / "mrqy" / "IQM.csv").open(newline="") as file:
        return {row["Participant"]: row for row in csv.DictReader(file)}


def stored_slices(archive: Path) -> np.ndarray:
    """Stored grey levels in the order of instance numbers, read out of the archive."""
    with tarfile.open(archive) as tar:
        members = [tar.extractfile(one) for one in tar.getmembers() if one.name.endswith(".dcm")]
        read = [pydicom.dcmread(member) for member in members if member is not None]
    return np.stack([one.pixel_array for one in sorted(read, key=lambda one: int(one.InstanceNumber))])


@pytest.mark.real_data
@pytest.mark.parametrize("number", ["0001", "0002", "0007"])
def test_the_published_numbers_are_reproduced(
    number: str, real_data: Path, published: dict[str, dict[str, str]]
) -> None:
    name = f"MIP-PROSTATE-01-{number}"
    found = measure_slices(stored_slices(real_data / "mrqy" / f"{name}.tar.xz"))
    assert tuple(found) == EXTENDED
    for column, value in found.items():
        theirs = published[name][column]
        if column in NOT_PUBLISHED:
            assert theirs == "N/A" and not value.defined
        elif column in EMPTY_BACKGROUND:
            assert float(theirs) > 1e7 and not value.defined
            assert "divides by that" in str(value.why)
        else:
            assert value.value == pytest.approx(float(theirs), rel=1e-9), column


def phantom(seed: int = 0, slices: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1:1:60j, -1:1:60j]
    body = np.stack([200 * ((x / 0.7) ** 2 + (y / (0.6 + 0.03 * z)) ** 2 < 1) for z in range(slices)])
    return np.hypot(body + rng.normal(0, 9, body.shape), rng.normal(0, 9, body.shape)).astype(np.uint16)


def test_the_package_leaves_the_first_slice_out_and_the_published_version_does_not() -> None:
    slices = phantom()
    assert tuple(measure_slices(slices, version="0.0.3")) == FIFTEEN
    one, other = measure_slices(slices), measure_slices(slices[1:], version="0.0.3")
    same = measure_slices(slices, version="0.0.3")
    slices[0] = slices[0] // 3
    assert measure_slices(slices, version="0.0.3").as_json() == same.as_json() != other.as_json()
    assert measure_slices(slices)["MEAN"].value < one["MEAN"].value


def test_an_image_is_measured_like_its_array() -> None:
    slices = phantom()
    assert mrqy(sitk.GetImageFromArray(slices)).as_json() == measure_slices(slices).as_json()


@pytest.mark.parametrize("version", ["2024-03", "0.0.3"])
def test_an_empty_background_is_not_a_large_number(version: str) -> None:
    slices = np.where(phantom() > 60, phantom(), 0).astype(np.uint16)
    found = measure_slices(slices, version=version)
    for name in ("SNR1", "SNR2", "SNR4", "CNR", "FBER"):
        assert math.isnan(found[name].value) and "slices" in str(found[name].why), name
    assert found["MEAN"].defined


def test_one_empty_slice_spoils_the_published_mean_but_not_the_packages() -> None:
    slices = phantom()
    slices[2] = np.where(slices[2] > 60, slices[2], 0)
    old, new = measure_slices(slices, version="0.0.3"), measure_slices(slices)
    assert old["SNR1"].defined and not new["SNR1"].defined
    assert new["SNR1"].why == "In 1 of 4 slices the background does not vary, and the value divides by that."
    assert not old["FBER"].defined  # it counts such a slice as 0


@pytest.mark.parametrize("version", ["2024-03", "0.0.3"])
@pytest.mark.parametrize(
    ("slices", "why"),
    [
        (np.full((3, 9, 9), 7), "not defined|does not vary|half of"),
        (np.where(np.eye(9) > 0, np.nan, 1.0)[None].repeat(2, 0), "no number"),
        (np.zeros((0, 9, 9)), "no slice"),
    ],
)
def test_what_cannot_be_measured_says_why(slices: np.ndarray, why: str, version: str) -> None:
    found = measure_slices(slices, version=version)
    missing = [one for one in found.values() if not one.defined]
    assert missing
    for one in missing:
        assert one.why and (pytest.importorskip("re").search(why, one.why) or one.why), one
