"""Pictures of Review: a mask, where the model was unsure, answers for the whole exam; maps and answers made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk
from picture_panels import Photographer


def review_masks(panels: Any, camera: Photographer) -> None:
    """The outline of the case in view, the editing tools, and a draft with a map of its uncertainty."""
    panels.go_to("Review")
    camera.take("3-review")
    panels.review.ui.correctButton.click()
    camera.take("3-review-correct")
    panels.review.ui.correctButton.click()
    unsure_draft(panels)
    panels.session.refresh()
    panels.review.ui.versionCombo.setCurrentIndex(0)
    panels.review.ui.uncertaintyCheck.setChecked(True)
    camera.take("3-review-unsure-scripted")
    panels.review.ui.uncertaintyCheck.setChecked(False)


def review_answers(panels: Any, camera: Photographer) -> None:
    """PI-RADS before the reader has answered, with the model's answer shown, and after; then a volume."""
    drafted_answer(panels)
    panels.review.show_task("pi_rads")
    camera.take("3-review-answer")
    panels.review.ui.revealButton.click()
    camera.take("3-review-answer-shown-scripted", views=False)
    panels.review.answers.view.rows[1].press()
    panels.review.ui.acceptButton.click()
    camera.take("3-review-answer-next", views=False)
    panels.session.step_case(-1)
    camera.take("3-review-answer-done-scripted", views=False)
    panels.review.show_task("prostate_volume")
    panels.review.answers.view.rows[0].edit.textEdited.emit("7000")
    camera.take("3-review-volume", views=False)
    panels.review.show_task("gland")


def unsure_draft(panels: Any) -> None:
    """The standing mask again as a model's draft, unsure along its border."""
    from QualityFinetuneLib.cases.reading import read_image, write_image
    from QualityFinetuneLib.engine.protocol.events import Artifact
    from QualityFinetuneLib.study.records import NewAnnotation
    from QualityFinetuneLib.workflow.prepared import case_key
    from QualityFinetuneLib.workflow.run_files import file_entry

    study, case = panels.session.study, panels.session.case
    standing = study.annotations.current(case.id, "gland")
    mask = read_image(standing.path)
    run = study.runs.create("predict", "Gland with its uncertainty", {"task": "gland", "model": "gland 1"}, 0)
    path, map_path = run.folder / "draft.nrrd", run.folder / "unsure.nrrd"
    write_image(mask, path)
    distance = sitk.SignedMaurerDistanceMap(sitk.Cast(mask > 0, sitk.sitkUInt8), useImageSpacing=True)
    unsure = np.exp(-((sitk.GetArrayFromImage(distance) / 3.0) ** 2)).astype(np.float32)
    image = sitk.GetImageFromArray(unsure)
    image.CopyInformation(mask)
    write_image(image, map_path)
    entry = file_entry(
        Artifact(role="uncertainty", path=map_path, sha256="0" * 64, case=case_key(case.id)), run.folder
    )
    study.runs.start(run.id, {})
    study.runs.finish(run.id, "done", {"files": [entry]}, None)
    study.annotations.add(
        NewAnnotation(
            case_id=case.id, task="gland", origin="model", status="draft", path=path, source="gland 1", run_id=run.id
        )
    )


def drafted_answer(panels: Any) -> None:
    """A model's PI-RADS, and what another reader and a table say."""
    from QualityFinetuneLib.study.records import NewAnswer

    study, case = panels.session.study, panels.session.case
    run = study.runs.create("predict", "PI-RADS", {"task": "pi_rads", "model": "pi_rads 3", "cases": []}, 0)
    other = study.readers.ensure("Dr. Second")
    shares = {"2": 0.05, "3": 0.22, "4": 0.61, "5": 0.12}
    study.answers.add_all(
        [
            NewAnswer(case_id=case.id, task="pi_rads", origin="model", status="draft", values={"grade": 4.0},
                      probabilities=shares, source="pi_rads 3", run_id=run.id),
            NewAnswer(case_id=case.id, task="pi_rads", origin="reader", status="accepted", values={"grade": 3.0},
                      reader_id=other.id),
            NewAnswer(case_id=case.id, task="pi_rads", origin="imported", status="accepted", values={"grade": 5.0},
                      source="labels.csv, column PIRADS, max"),
        ]
    )  # fmt: skip
    panels.session.refresh()
