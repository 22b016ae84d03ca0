"""Charts are PNG, and high and low differ in more than colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.experiments import charts
from QualityFinetuneLib.experiments.report_data import CaseLine, Evaluation, Training


def line(number: int, score: int | None, quality: str | None) -> CaseLine:
    return CaseLine(
        id=number, name=f"C{number}", simulated=True, series=(), readers=1, exam_score=score, section_scores={},
        quality=quality, masks=(), uses=(), dice={},
    )  # fmt: skip


def pixels(png: bytes, folder: Path) -> np.ndarray:
    path = folder / "chart.png"
    path.write_bytes(png)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[..., :3]


def has(image: np.ndarray, color: str) -> bool:
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return bool((np.abs(image.astype(int) - wanted).max(axis=-1) < 12).any())


def test_the_quality_chart_shows_each_level_that_occurs(tmp_path: Path) -> None:
    both = pixels(charts.quality([line(1, 3, "high"), line(2, 1, "low"), line(3, None, None)]), tmp_path)
    assert has(both, charts.HIGH)
    assert has(both, charts.LOW)
    assert has(both, charts.UNRATED)
    only_high = pixels(charts.quality([line(1, 3, "high")]), tmp_path)
    assert has(only_high, charts.HIGH)
    assert not has(only_high, charts.LOW)


def test_the_learning_chart_marks_the_best_epoch(tmp_path: Path) -> None:
    training = Training(
        run_id=1, title="t", status="done", task="zones", card="c", mode="frozen", epochs=3, seed=0, split="s",
        train=(), validate=(), mix={}, history=((1, 0.2), (2, 0.8), (3, 0.5)), best=0.8, metric="Dice", elapsed_s=1.0,
        warnings=(), error="",
    )  # fmt: skip
    image = pixels(charts.learning(training), tmp_path)
    star = np.argwhere(np.abs(image.astype(int) - [0xD5, 0x5E, 0x00]).max(axis=-1) < 12)
    assert abs(star[:, 1].mean() / image.shape[1] - 0.5) < 0.12, "the second of three epochs is in the middle"


def test_the_dice_chart_has_a_row_a_label_and_level(tmp_path: Path) -> None:
    rows = (("C1", "high", "PZ", 0.9), ("C2", "low", "PZ", 0.4), ("C1", "high", "TZ", 0.8), ("C3", None, "TZ", 0.7))
    evaluation = Evaluation(
        run_id=1, title="t", model="m", cases=3, held_out=True, seen=(), summary=(), dice=rows, colors={},
        without_reference=(), references=(),
    )  # fmt: skip
    six = pixels(charts.dice_by_case(evaluation), tmp_path)
    assert has(six, charts.INK)
    fewer = Evaluation(**{**vars(evaluation), "dice": rows[:1]})
    assert pixels(charts.dice_by_case(fewer), tmp_path).shape[0] < six.shape[0]
