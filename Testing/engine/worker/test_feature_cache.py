"""Features are computed once, come back the same, and can never be out of date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.engine.worker.feature_cache import FeatureCache


def encode(images: torch.Tensor) -> list[torch.Tensor]:
    return [images * 1.001, images.mean((2, 3, 4), keepdim=True).repeat(1, 2, 1, 1, 1)]


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(3, 1, 4, 5, 6, generator=torch.Generator().manual_seed(0))


def test_a_hit_gives_exactly_what_the_miss_gave(tmp_path: Path, images: torch.Tensor) -> None:
    cache = FeatureCache(tmp_path, encode, weights="w")
    first, second = cache.encode(images), cache.encode(images)
    assert (cache.misses, cache.hits) == (3, 3)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    for found, exact in zip(first, encode(images), strict=True):
        assert found.dtype == torch.float32 and found.shape == exact.shape
        assert torch.allclose(found, exact, rtol=2**-8)


def test_another_process_finds_them(tmp_path: Path, images: torch.Tensor) -> None:
    FeatureCache(tmp_path, encode, weights="w").encode(images)
    later = FeatureCache(tmp_path, lambda _: pytest.fail("computed again"), weights="w")
    later.encode(images.flip(0))
    assert later.hits == 3


def test_other_weights_or_voxels_are_computed_anew(tmp_path: Path, images: torch.Tensor) -> None:
    FeatureCache(tmp_path, encode, weights="w").encode(images)
    other = FeatureCache(tmp_path, encode, weights="v")
    other.encode(images)
    changed = images.clone()
    changed[1, 0, 0, 0, 0] += 1e-6
    same = FeatureCache(tmp_path, encode, weights="w")
    same.encode(changed)
    assert (other.hits, same.hits, same.misses) == (0, 2, 1)


def test_the_same_voxels_in_another_shape_are_another_patch(tmp_path: Path, images: torch.Tensor) -> None:
    cache = FeatureCache(tmp_path, encode, weights="w")
    cache.encode(images)
    cache.encode(images.reshape(3, 1, 6, 5, 4))
    assert cache.hits == 0


def test_a_damaged_file_is_computed_again(tmp_path: Path, images: torch.Tensor) -> None:
    cache = FeatureCache(tmp_path, encode, weights="w")
    expected = cache.encode(images)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:20])
    found = cache.encode(images)
    assert cache.misses == 6
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))


def test_the_folder_does_not_outgrow_its_limit(tmp_path: Path, images: torch.Tensor) -> None:
    cache = FeatureCache(tmp_path, encode, weights="w", limit_bytes=600)
    cache.encode(images)
    kept = list(tmp_path.iterdir())
    assert len(kept) == 2
    FeatureCache(tmp_path, encode, weights="w", limit_bytes=300)
    assert len(list(tmp_path.iterdir())) < len(kept)


def test_a_full_disk_costs_time_but_no_result(
    tmp_path: Path, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    cache = FeatureCache(tmp_path, encode, weights="w")
    assert len(cache.encode(images)) == 2
    assert list(tmp_path.iterdir()) == []
