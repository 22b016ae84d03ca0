"""The prepared cases of a run: in memory while there is room, in files read on demand beyond that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from ...common.files import write_with
from .preparing import Prepared

_SHARE_OF_MEMORY = 0.4


def keep(cases: Iterable[Prepared], folder: Path, *, memory_bytes: int | None = None) -> list[Prepared]:
    """All cases, those beyond `memory_bytes` with their images in memory-mapped files in `folder`.

    Args:
        cases: prepared one by one, so that no more than one is in memory twice.
        folder: where the files go; the caller removes it.
        memory_bytes: None takes a share of what is free now.
    """
    room = int(psutil.virtual_memory().available * _SHARE_OF_MEMORY) if memory_bytes is None else memory_bytes
    kept: list[Prepared] = []
    for number, case in enumerate(cases):
        room -= case.image.nbytes
        kept.append(
            case if room >= 0 else replace(case, image=_on_disk(case.image, folder / f"case-{number:05d}.npy"))
        )
    return kept


def _on_disk(array: np.ndarray, path: Path) -> np.ndarray:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, array)

    write_with(path, write)
    return np.load(path, mmap_mode="r")
