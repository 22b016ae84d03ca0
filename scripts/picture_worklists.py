"""Pictures of Rate's lists: a predicted quality, a case to read again, a disagreement to decide."""

from __future__ import annotations

from typing import Any

from picture_panels import Photographer


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
