"""The steps that pictures are taken of, in the order in which a reader meets them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from picture_files import save
from picture_panels import PANEL_PX, Photographer
from picture_reviewing import review_answers, review_masks
from picture_worklists import worklists

from harness.picture import grab
from harness.slicer_app import start


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
    asked_about_masks(panels, camera)

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
    bottom(panels.study.ui.studyScroll)
    camera.take("1-study-rated-end", views=False)

    panels.session.show_case(most_complete(panels))
    review_masks(panels, camera)
    review_answers(panels, camera)

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
    panels.results.ui.predictTaskCombo.setCurrentIndex([task.name for task in panels.session.tasks].index("pi_rads"))
    camera.take("5-results-answers", views=False)
    panels.show_shortcuts()
    save(grab(panels.sheet.ui.widget, size_px=(460, 480)), out / "6-shortcuts.png")
    panels.cleanup()


def asked_about_masks(panels: Any, camera: Photographer) -> None:
    """The question that an import asks where exams came with several masks; who made them is made up."""
    from QualityFinetuneLib.workflow.mask_choice import MaskChoice

    questions = panels.study.imports.questions
    questions.ask(
        [
            MaskChoice(task="gland", sources={"reader A": 12, "reader B": 9, "gland_taps": 12}, exams=12),
            MaskChoice(
                task="pelvic_anatomy", sources={"second reading of the senior radiologist": 4, "first": 3}, exams=3
            ),
        ]
    )
    camera.take("1-study-masks-scripted", views=False)
    questions.hide()


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
