"""Cases stay in memory while there is room, and read the same from disk beyond it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles
from QualityFinetuneLib.engine.worker.case_store import keep
from QualityFinetuneLib.engine.worker.patches import Patches, Shown
from QualityFinetuneLib.engine.worker.preparing import prepare
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.registry import card


def test_cases_beyond_the_memory_are_read_from_files_and_are_the_same(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard, tmp_path: Path
) -> None:
    meta = ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full")
    cases = [prepare(case, meta=meta, task=zones, context=heard.context(), with_label=True) for case in exams[:3]]
    size = cases[0].image.nbytes
    kept = keep(iter(cases), tmp_path, memory_bytes=2 * size)
    assert [isinstance(case.image, np.memmap) for case in kept] == [False, False, True]
    assert all((a.image == b.image).all() for a, b in zip(cases, kept, strict=True))
    for augment in (True, False):
        patches = Patches(kept, target=lambda _, label: label, augment=augment, whole_volume=True)
        shown = patches.get(Shown(case=2, words=("w",)), (1, 1, 1))
        assert shown.image.shape == cases[2].image.shape


def test_without_a_limit_a_few_small_cases_stay_in_memory(
    exams: tuple[CaseFiles, ...], zones: Task, tiny_card: Path, heard, tmp_path: Path
) -> None:
    meta = ModelMeta.from_card(card(str(tiny_card)), name="m", task="t", labels=(), outputs=3, mode="full")
    kept = keep([prepare(exams[0], meta=meta, task=zones, context=heard.context())], tmp_path)
    assert not isinstance(kept[0].image, np.memmap) and not list(tmp_path.iterdir())
