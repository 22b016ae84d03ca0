"""The largest difference of all parts decides; a folder that is no checkout is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def compare(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("compare_with_upstream")


def test_the_worst_of_all_parts_is_told(compare: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    results = {
        "segmentation": {"errors": {"as published": 0.0, "rewritten": 3e-6}},
        "sparse": {"errors": {"tensors": 2e-5}},
    }
    assert compare.worst_of(results) == 2e-5
    told = capsys.readouterr().out
    assert "largest relative difference 2.0e-05, allowed 1e-05" in told
    assert told.count("\n") == 4


def test_a_folder_that_is_no_checkout_is_refused(compare: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no checkout"):
        compare.upstream_code(tmp_path)


def test_the_published_size_is_compared_without_gradients(compare: ModuleType) -> None:
    assert compare.AT_FULL_SIZE["segmentation"].keywords == {"gradients": False}
    assert compare.PARTS["segmentation"].keywords == {"gradients": True}
