"""The prepared cases of a run: in memory while there is room, in files read on demand beyond that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from ...common.files import write_with
from ..protocol.jobs import CaseFiles
from .context import JobContext
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


def each_prepared(
    cases: Sequence[CaseFiles], prepare: Callable[[CaseFiles], Prepared], context: JobContext
) -> Iterator[Prepared]:
    """The cases one by one, told as they come.

    Raises:
        Stopped: when asked to, before a case.
        UserError: what is wrong with a case.
    """
    for number, case in enumerate(cases, start=1):
        context.stop_if_asked()
        yield prepare(case)
        context.progress(number, len(cases), unit="case")


def _on_disk(array: np.ndarray, path: Path) -> np.ndarray:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, array)

    write_with(path, write)
    return np.load(path, mmap_mode="r")
