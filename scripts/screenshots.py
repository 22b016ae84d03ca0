#!/usr/bin/env python3
"""Take a picture of every step, the panel beside the slice views as in Slicer, without Slicer and without a screen.

With real exams where they are kept beside the checkout, else (or with --simulated) with a small simulated cohort.
Only pictures of simulated exams may be committed: python scripts/screenshots.py --readme writes those of the README.

Needs the development packages (slicer-core, PySide6). Numbers of the pictures named `scripted` are made up: they
show how a run looks while it works, without waiting for one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "Testing"), str(CHECKOUT / "QualityFinetune")]

from harness.environment import prepare  # noqa: E402

prepare()

import numpy as np  # noqa: E402

from harness.picture import grab  # noqa: E402
from harness.slicer_app import start  # noqa: E402

REAL_EXAMS = ("ProstateX-0000", "ProstateX-0002", "ProstateX-0005", "MIP-PROSTATE-01-0004")
README = {"2-rate-answered": "rate", "3-review": "review", "4-finetune": "finetune", "1-study-rated": "study"}
README_WIDTH_PX = 1200
PANEL_PX = (480, 900)
SIDE_PX = 300
GAP_PX = 2


class Photographer:
    """Walks through the steps and takes a picture of each."""

    def __init__(self, panels: Any, out: Path) -> None:
        self.panels = panels
        self.out = out

    def take(self, name: str, *, views: bool = True) -> None:
        """The panel as it is now, with the slice views left of it."""
        panel = grab(self.panels.widget, size_px=PANEL_PX)
        picture = np.concatenate([self.slices(panel.shape[0]), panel], axis=1) if views else panel
        save(picture, self.out / f"{name}.png")

    def slices(self, height: int) -> np.ndarray:
        """The large view and the two small ones beside it, as the module's layout arranges them."""
        small = (height - GAP_PX) // 2
        large = self.view("Red", (height * 9 // 10, height))
        side = [
            self.view(view, (SIDE_PX, size)) for view, size in (("Yellow", small), ("Green", height - GAP_PX - small))
        ]
        gap = np.zeros((GAP_PX, SIDE_PX, 3), np.uint8)
        column = np.concatenate([side[0], gap, side[1]], axis=0)
        return np.concatenate([large, np.zeros((height, GAP_PX, 3), np.uint8), column], axis=1)

    def view(self, name: str, size_px: tuple[int, int]) -> np.ndarray:
        """What one slice view shows."""
        import slicer

        from QualityFinetuneLib.scene.snapshot import snapshot
        from QualityFinetuneLib.widgets.arrangements import VIEWS, arrangement_named

        widget = slicer.app.layoutManager().sliceWidget(name)
        volume = slicer.mrmlScene.GetNodeByID(widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() or "")
        segmentation = self.panels.stage.segmentation
        if segmentation is not None and not segmentation.GetDisplayNode().GetVisibility():
            segmentation = None
        if volume is None:
            return np.zeros((size_px[1], size_px[0], 3), np.uint8)
        session = self.panels.session
        names = [name for _text, name in self.panels.stage.arrangements(session.study, session.case)]
        chosen = self.panels.stage.arrangement
        arrangement = arrangement_named(chosen if chosen in names else names[0])
        axis = arrangement.orientations[VIEWS.index(name)].lower()
        return snapshot(
            slicer.mrmlScene,
            volume,
            segmentation,
            axis=axis,
            size_px=size_px,
            field_of_view_mm=110,
            fill_opacity=0.25,
        )


def main() -> int:
    """Make a study, walk through it, and say where the pictures are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=CHECKOUT / "out" / "screenshots", help="folder for the PNG files")
    parser.add_argument("--simulated", action="store_true", help="use the simulated cohort even where real exams are")
    parser.add_argument("--readme", action="store_true", help="also write the simulated pictures of the README")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    start()
    with tempfile.TemporaryDirectory() as folder:
        exams = None if options.simulated or options.readme else real_exams(Path(folder) / "exams")
        walk(Path(folder), exams or simulated_exams(Path(folder) / "exams"), options.out)
    if options.readme:
        for source, target in README.items():
            save_small(options.out / f"{source}.png", CHECKOUT / "Resources" / "Screenshots" / f"{target}.png")
    print(f"Pictures are in {options.out}.")
    return 0


def walk(folder: Path, exams: Path, out: Path) -> None:
    """Every step in the order a reader meets it."""
    import qt
    import slicer

    from QualityFinetuneLib.engine.client.devices import Device
    from QualityFinetuneLib.engine.protocol.events import Metric, Progress
    from QualityFinetuneLib.widgets.install_card import InstallCard
    from QualityFinetuneLib.widgets.panels import Panels
    from QualityFinetuneLib.widgets.theme import STYLE
    from QualityFinetuneLib.workflow.importing import import_folder
    from widgets.scripted_engine import ScriptedEngine

    engine = ScriptedEngine()
    panels = Panels(
        scene=slicer.mrmlScene,
        engine_factory=engine,
        settings=qt.QSettings(str(folder / "Slicer.ini"), qt.QSettings.IniFormat),
        find_devices=lambda **_: [Device(name="cpu", title="Processor, 8 cores", memory_gib=None, bf16=False)],
    )
    panels.session.failed.connect(lambda error: print(f"Problem: {error}", file=sys.stderr))
    camera = Photographer(panels, out)
    panels.enter()
    camera.take("0-start", views=False)
    card = InstallCard(["SQLAlchemy>=2.0.30", "alembic>=1.13", "pydantic>=2.7"], installed=lambda: None)
    card.widget.setStyleSheet(STYLE)
    save(grab(card.widget, size_px=(480, 400)), out / "0-install.png")

    panels.session.create(folder / "Pilot", name="Pilot study")
    panels.session.read_as("Dr. Reader")
    import_folder(panels.session.study, exams)
    panels.session.refresh()
    camera.take("1-study", views=False)

    panels.session.show_case(most_complete(panels))
    panels.go_to("Rate")
    camera.take("2-rate")
    for item in panels.rate.presenter.form.items("bpmri"):
        panels.rate._answered(item, item.id != "dwi_artefacts")
    camera.take("2-rate-answered")
    rate_all(panels)
    panels.session.show_case(panels.session.cases[0].id)
    panels.session.show_case(most_complete(panels))
    camera.take("2-rate-done")
    worklists(panels, camera)
    panels.go_to("Study")
    camera.take("1-study-rated", views=False)

    panels.session.show_case(most_complete(panels))
    panels.go_to("Review")
    camera.take("3-review")
    panels.review.ui.correctButton.click()
    camera.take("3-review-correct")
    panels.review.ui.correctButton.click()

    panels.go_to("Finetune")
    settle(panels)
    camera.take("4-finetune", views=False)
    panels.finetune.ui.moreButton.click()
    grab(panels.widget, size_px=PANEL_PX)  # lays the panel out, so that the end is known
    bottom(panels.finetune.ui.finetuneScroll)
    camera.take("4-finetune-more", views=False)
    panels.finetune.ui.moreButton.click()
    panels.finetune.ui.startButton.click()
    if engine.jobs:
        engine.say_started()
        for epoch, dice in enumerate((0.42, 0.58, 0.66, 0.71, 0.75, 0.76, 0.79, 0.8), start=1):
            engine.say(
                Progress(done=epoch, total=30, unit="epoch", eta_s=8.0 * (30 - epoch)),
                Metric(name="loss", value=1 - dice, epoch=epoch),
                Metric(name="dice", value=dice, epoch=epoch, stratum="all"),
            )
        panels.monitor.poll()
        camera.take("4-finetune-running-scripted", views=False)
        engine.say_trained([0.6, 0.8])
        panels.monitor.poll()
        camera.take("4-finetune-done-scripted", views=False)
    panels.go_to("Results")
    camera.take("5-results", views=False)
    combo = panels.results.ui.predictModelCombo
    combo.setCurrentIndex(combo.count - 1)
    camera.take("5-results-weights", views=False)
    panels.show_shortcuts()
    save(grab(panels.sheet.ui.widget, size_px=(460, 480)), out / "6-shortcuts.png")
    panels.cleanup()


def worklists(panels: Any, camera: Photographer) -> None:
    """A predicted quality after the reading (its number made up), a repeat, and a disagreement to decide."""
    from QualityFinetuneLib.cases.roles import Role
    from QualityFinetuneLib.quality.prediction import Example, Prediction, Target, save_predictor, train
    from QualityFinetuneLib.study.settings import RepeatPlan
    from QualityFinetuneLib.workflow.predicted_quality import PredictedQuality
    from QualityFinetuneLib.workflow.rating import Rater
    from QualityFinetuneLib.workflow.worklists import WORKLISTS

    session, rate = panels.session, panels.rate
    study, case = session.study, session.case
    examples = [
        Example(
            patient=f"P{i % 6}", target=1 + 3 * (i % 5) / 4, values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.01 * i}
        )
        for i in range(30)
    ]
    target = Target(kind="reading", name="t2w", low=1, high=4, form="pi-qual-v2", form_version="1", protocol="bpmri")
    study.paths.predictors.mkdir(exist_ok=True)
    save_predictor(study.paths.predictors / "t2w.json", train(examples, role=Role.T2W, target=target))
    rate.predicted._predict = lambda exam, _predictor: PredictedQuality(
        case=exam.name, case_id=exam.case_id, prediction=Prediction(value=2.2, low=1.6, high=2.8)
    )
    session.predictors_changed.emit()
    session.refresh()
    for _ in range(200):
        rate.predicted.poll()
    rate.card.show_predicted()
    camera.take("2-rate-predicted-scripted")

    plan = RepeatPlan(share=0.5, after_days=0)
    session.save_settings(study.settings.model_copy(update={"repeats": plan}))
    rate.ui.worklistCombo.setCurrentIndex(WORKLISTS.index("repeat"))
    camera.take("2-rate-repeat")
    second = Rater(study, study.readers.ensure("Second reader"), case)
    for item in second.form.items(second.protocol):
        second.set(item.id, item.id not in ("t2w_snr", "t2w_structures", "t2w_slice_thickness"))
    second.save()
    session.refresh()
    rate.ui.worklistCombo.setCurrentIndex(WORKLISTS.index("adjudicate"))
    camera.take("2-rate-adjudicate")
    rate.ui.worklistCombo.setCurrentIndex(0)
    session.show_case(case.id)


def bottom(area: Any) -> None:
    """Scroll to the end."""
    start().processEvents()
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum)


def most_complete(panels: Any) -> int:
    """The case with most series."""
    study = panels.session.study
    return max(panels.session.cases, key=lambda case: len(study.cases.series(case.id))).id


def rate_all(panels: Any) -> None:
    """Rate every case: odd ones low."""
    from QualityFinetuneLib.workflow.rating import Rater

    session = panels.session
    for case in session.cases:
        rater = Rater(session.study, session.reader, case)
        for item in rater.form.items(rater.protocol):
            rater.set(item.id, not (case.id % 2 and item.id in ("t2w_snr", "t2w_structures")))
        rater.save()
    session.refresh()


def settle(panels: Any) -> None:
    """Let the search for processors end."""
    application = start()
    for _ in range(200):
        application.processEvents()
        if panels.finetune.computer.looking is None:
            return


def real_exams(folder: Path) -> Path | None:
    """A folder with a few real exams, or None where they are not beside the checkout."""
    named = os.environ.get("QUALITYFINETUNE_DATA")
    data = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    cases = data / "prostate-mini" / "cases"
    if not cases.is_dir():
        return None
    folder.mkdir(parents=True)
    for name in REAL_EXAMS:
        if (cases / name).is_dir():
            shutil.copytree(cases / name, folder / name)
    return folder


def simulated_exams(folder: Path) -> Path:
    """A small simulated cohort."""
    from QualityFinetuneLib.cases.simulated import make_cohort

    make_cohort(folder, patients=6, seed=3, size=(224, 224, 22), spacing_mm=(0.6, 0.6, 3.0))
    return folder


def save(picture: np.ndarray, path: Path) -> None:
    """Write a PNG."""
    from PySide6.QtGui import QImage

    height, width, _ = picture.shape
    data = np.ascontiguousarray(picture)
    if not QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).save(str(path), "PNG"):
        raise OSError(f"{path} could not be written")


def save_small(source: Path, target: Path) -> None:
    """The same picture narrower and with 256 colors, 64 of them gray: a third of the bytes, little lost."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, qRgb

    picture = QImage(str(source)).convertToFormat(QImage.Format.Format_RGB888)
    picture = picture.scaledToWidth(min(picture.width(), README_WIDTH_PX), Qt.TransformationMode.SmoothTransformation)
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    width, height = picture.width(), picture.height()
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(height, picture.bytesPerLine())
    palette, indices = few_colors(rows[:, : 3 * width].reshape(-1, 3))
    indexed = np.ascontiguousarray(indices.reshape(height, width).astype(np.uint8))
    small = QImage(indexed.data, width, height, width, QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(*(int(value) for value in color)) for color in palette])
    target.parent.mkdir(parents=True, exist_ok=True)
    if not small.save(str(target), "PNG", 0):
        raise OSError(f"{target} could not be written")


def few_colors(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A palette of at most 256 colors and, for each pixel (n, 3), the index of its nearest."""
    grays = np.repeat(np.linspace(0, 255, 64).round()[:, None], 3, axis=1)
    colored = pixels[np.ptp(pixels.astype(int), axis=1) > 8]
    common = np.zeros((0, 3))
    if len(colored):
        coarse, counts = np.unique(colored // 8 * 8 + 4, axis=0, return_counts=True)
        common = coarse[np.argsort(counts)[::-1][:192]]
    palette = np.concatenate([grays, common])
    values, inverse = np.unique(pixels, axis=0, return_inverse=True)
    distance = np.stack([((values.astype(float) - color) ** 2).sum(1) for color in palette])
    return palette, distance.argmin(0)[inverse.ravel()]


if __name__ == "__main__":
    sys.exit(main())
