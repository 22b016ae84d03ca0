"""A scripted engine is as good as a process to whoever is written against the Protocol."""

from __future__ import annotations

from QualityFinetuneLib.engine.client.interface import Engine
from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Done
from QualityFinetuneLib.engine.protocol.job_file import AnyJob
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob


class ScriptedEngine:
    """Says `done` at the first poll."""

    def __init__(self) -> None:
        self.running = False

    def start(self, job: AnyJob) -> None:
        self.running = True

    def poll(self) -> list[AnyEvent]:
        events: list[AnyEvent] = [Done(elapsed_s=0.0)] if self.running else []
        self.running = False
        return events

    def cancel(self) -> None: ...

    def close(self, *, timeout_s: float = 10.0) -> None: ...


def test_process_and_script_are_both_engines(evaluate_job: EvaluateJob) -> None:
    assert isinstance(WorkerProcess(), Engine)
    engine: Engine = ScriptedEngine()
    engine.start(evaluate_job)
    assert engine.running
    assert engine.poll() == [Done(elapsed_s=0.0)] and not engine.running


def test_what_lacks_a_method_is_no_engine() -> None:
    assert not isinstance(object(), Engine)
