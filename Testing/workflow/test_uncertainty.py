"""The uncertainty map of a model's mask."""

from __future__ import annotations

import shutil

from harness import scripted_engine
from QualityFinetuneLib.engine.protocol.jobs import PredictJob
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import review
from QualityFinetuneLib.workflow.predicting import PredictOptions, prepare_predict
from QualityFinetuneLib.workflow.recording import RunRecorder
from QualityFinetuneLib.workflow.uncertainty import uncertainty_of


def predicted(study: Study, *, uncertainty: bool) -> int:
    prepared = prepare_predict(
        study, "taps_gland", study.cases.all()[:1], options=PredictOptions(uncertainty=uncertainty)
    )
    assert isinstance(prepared.job, PredictJob)
    recorder = RunRecorder(study, prepared.run)
    for event in scripted_engine.predict_all(prepared.job):
        recorder.record(event)
    return prepared.run.id


def test_it_goes_with_the_mask_and_with_its_correction(rated: Study) -> None:
    run_id = predicted(rated, uncertainty=True)
    draft = next(one for one in rated.annotations.all() if one.run_id == run_id)
    path = uncertainty_of(rated, draft)
    assert path is not None and path.is_file()
    corrected = rated.paths.new_annotation(rated.cases.get(draft.case_id), "gland")
    shutil.copy(draft.path, corrected)
    saved = review.correct(rated, draft, corrected, reader=rated.readers.ensure("A"))
    assert uncertainty_of(rated, saved) == path


def test_without_a_map_there_is_none(rated: Study) -> None:
    run_id = predicted(rated, uncertainty=False)
    draft = next(one for one in rated.annotations.all() if one.run_id == run_id)
    assert uncertainty_of(rated, draft) is None
    assert uncertainty_of(rated, rated.annotations.history(1, "gland")[0]) is None
