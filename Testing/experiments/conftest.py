"""A study that has been through the whole loop, with a scripted worker in place of training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done
from QualityFinetuneLib.engine.protocol.jobs import PredictJob
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow import executing, review
from QualityFinetuneLib.workflow.evaluating import prepare_evaluate
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.importing import import_folder
from QualityFinetuneLib.workflow.predicting import not_trained_on, prepare_predict
from QualityFinetuneLib.workflow.prepared import case_id_of
from QualityFinetuneLib.workflow.rating import Rater

NASTY = "<script>alert('x')</script> & Söhne"


@pytest.fixture(scope="session")
def finished(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Imported, rated, finetuned, predicted, evaluated and reviewed. Read only."""
    patch = pytest.MonkeyPatch()
    real = executing.run_job
    with Study.create(tmp_path_factory.mktemp("finished") / "study", name=NASTY) as study:
        import_folder(study, cohort)
        for case in study.cases.all()[:5]:
            rater = Rater(study, study.readers.ensure("Reader A"), case)
            for item in load_form("pi-qual-v2").items("bpmri"):
                rater.set(item.id, case.id <= 3 or item.part == "technical")
            rater.save()
        scripted_engine.install(patch, scripted_engine.finetune)
        execute(study, prepare_finetune(study, FinetuneRequest(task="zones", seed=11)))
        model = study.models.all()[0]
        unseen = not_trained_on(study, model, study.cases.all())

        def predicted(job: PredictJob) -> Iterator[AnyEvent]:
            yield scripted_engine.started("predict")
            for number, case in enumerate(job.cases):
                source = study.annotations.trainable("zones")[case_id_of(case.id)].path
                yield scripted_engine.prediction(job, number, source=source)
            yield Done(elapsed_s=1.0)

        scripted_engine.install(patch, predicted)
        run = execute(study, prepare_predict(study, model, unseen))
        patch.setattr(executing, "run_job", real)
        execute(study, prepare_evaluate(study, run))
        draft = next(a for a in study.annotations.all() if a.run_id == run.id)
        review.accept(study, draft, reader=study.readers.ensure("Reader A"))
        yield study
    patch.undo()
