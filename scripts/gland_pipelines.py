"""The gland from the file of a T2w to the mask, by the package lavlab-taps and by this engine."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, ModelChoice, Precision, PredictJob
from QualityFinetuneLib.engine.worker.context import JobContext
from QualityFinetuneLib.engine.worker.network import network_to_predict
from QualityFinetuneLib.engine.worker.predict import predict_cases
from QualityFinetuneLib.models.registry import card, weights_path

Pipeline = Callable[[Path, Path], Path]
"""From the file of a T2w, with a folder to write to, to the file of the mask. The network is loaded already."""


def package_pipeline(threads: int) -> Pipeline:
    """The package's own code; only its session is kept from case to case, and given the number of threads."""
    warnings.filterwarnings("ignore")
    import onnxruntime
    from taps import inference

    inference.logger.setLevel(logging.ERROR)
    path = weights_path(card("taps_gland"))
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), sess_options=settings, providers=["CPUExecutionProvider"])

    class Kept(inference.ONNXPredictor):  # type: ignore[misc]
        def __init__(self, *_: object, **__: object) -> None:
            self.session, self.input_name = session, session.get_inputs()[0].name

    inference.ONNXPredictor = Kept

    def segment(t2w: Path, folder: Path) -> Path:
        return Path(inference.segment(t2w, folder / "package.nii.gz", path, device="cpu", exact=True))

    return segment


def engine_pipeline(precision: Precision, device: torch.device) -> Pipeline:
    """This engine's prediction."""
    task = load_task("gland")
    choice = ModelChoice(card="taps_gland")
    network = network_to_predict(choice, task)

    def segment(t2w: Path, folder: Path) -> Path:
        case = CaseFiles(id="case", images={Role.T2W: t2w})
        job = PredictJob(output=folder, model=choice, task=task, cases=(case,), precision=precision)
        predict_cases(job, [network], JobContext(lambda event: None), device=device)
        return folder / "predictions" / "case.nrrd"

    return segment
