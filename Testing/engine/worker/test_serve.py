"""A serving engine: warm networks, answers by id, one failed request ends nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.events import Cancelled, Done, Failed
from QualityFinetuneLib.engine.protocol.jobs import CancelRequest, PredictJob, Request, ServeJob
from QualityFinetuneLib.engine.worker import serve as module
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.control import Control
from QualityFinetuneLib.engine.worker.serve import serve

CPU = torch.device("cpu")


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Control:
    monkeypatch.setattr(os, "_exit", lambda code: None)
    return Control(grace_s=60.0)


def ask(control: Control, *lines: str) -> None:
    """Put lines as if the client had sent them and then closed stdin."""
    for line in lines:
        control.lines.put(line)
    control.lines.put(None)
    control.alone.set()


def line(name: str, job: PredictJob) -> str:
    return Request(request=name, job=job).model_dump_json()


def finals(heard) -> list[tuple[str | None, str]]:
    return [(e.request, e.event) for e in heard if isinstance(e, Done | Failed | Cancelled)]


def test_requests_are_answered_in_order_each_under_its_id(
    predict_job: PredictJob, heard, control: Control, tmp_path: Path
) -> None:
    bad = predict_job.model_copy(update={"cases": ()})
    ask(control, line("a", predict_job), line("b", bad), line("c", predict_job))
    serve(ServeJob(output=tmp_path), heard.context(), control=control, device=CPU)
    assert finals(heard) == [("a", "done"), ("b", "failed"), ("c", "done")]
    assert {e.request for e in heard.of("artifact")} == {"a", "c"}


def test_a_request_may_ask_for_several_models_and_maps(
    predict_job: PredictJob, heard, control: Control, tmp_path: Path
) -> None:
    asked = {"ensemble": (predict_job.model,) * 3, "flips": True, "uncertainty": True}
    ask(control, line("a", predict_job.model_copy(update=asked)))
    serve(ServeJob(output=tmp_path), heard.context(), control=control, device=CPU)
    assert finals(heard) == [("a", "done")]
    assert [a.role for a in heard.of("artifact")] == ["uncertainty", "prediction"] * 2


def test_a_network_is_loaded_once_until_its_file_changes(
    predict_job: PredictJob, heard, control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []
    real = module.network_to_predict
    monkeypatch.setattr(module, "network_to_predict", lambda *given: (loads.append(1), real(*given))[1])
    networks = module._Networks()
    weights = tmp_path / "own.safetensors"
    weights.write_bytes(predict_job.model.weights.read_bytes())
    choice = predict_job.model.model_copy(update={"weights": weights})
    assert networks.get(choice, predict_job.task) is networks.get(choice, predict_job.task)
    os.utime(weights, ns=(1, 1))
    networks.get(choice, predict_job.task)
    assert len(loads) == 2
    networks.get(predict_job.model, predict_job.task)
    assert len(networks._kept) == 2, "only the last two are kept"


def test_a_waiting_request_can_be_cancelled(predict_job: PredictJob, heard, control: Control, tmp_path: Path) -> None:
    ask(control, CancelRequest(cancel="b").model_dump_json(), line("a", predict_job), line("b", predict_job))
    serve(ServeJob(output=tmp_path), heard.context(), control=control, device=CPU)
    assert finals(heard) == [("a", "done"), ("b", "cancelled")]


def test_what_is_no_request_is_warned_of(heard, control: Control, tmp_path: Path) -> None:
    ask(control, "hello", '{"request": ""}')
    serve(ServeJob(output=tmp_path), heard.context(), control=control, device=CPU)
    assert {event.code for event in heard} == {ErrorCode.BAD_JOB}


def test_a_plain_cancel_ends_the_engine_as_cancelled(
    predict_job: PredictJob, heard, control: Control, tmp_path: Path
) -> None:
    control.lines.put(line("a", predict_job))
    reader, writer = os.pipe()
    os.write(writer, b"cancel\n")
    with os.fdopen(reader, "rb") as stream:
        control.listen(stream)
        assert control.stop.wait(5)
        with pytest.raises(Stopped):
            serve(ServeJob(output=tmp_path), heard.context(), control=control, device=CPU)
        os.close(writer)
    assert finals(heard) == [("a", "cancelled")]


def test_a_client_can_talk_to_a_warm_engine(
    worker: WorkerProcess, predict_job: PredictJob, tmp_path: Path, until
) -> None:
    worker.start(ServeJob(output=tmp_path / "serve", threads=1, device="cpu"))
    names = [worker.request(predict_job), worker.request(predict_job)]
    for name in names:
        events = until(worker, lambda event, name=name: isinstance(event, Done) and event.request == name)
        assert [e.case for e in events if e.event == "artifact"] == ["case-0", "case-1"]
    assert worker.running
    worker.close(timeout_s=10)
    assert not worker.running
