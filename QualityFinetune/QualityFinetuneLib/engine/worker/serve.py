"""One warm engine: networks stay loaded between requests."""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict

import torch
from pydantic import ValidationError

from ...cases.tasks import Task
from ...common.errors import ErrorCode
from ...models.meta import WEIGHTS
from ..protocol.events import Cancelled, Done
from ..protocol.jobs import CancelRequest, ModelChoice, Request, ServeJob
from .context import JobContext, Stopped
from .control import Control
from .failures import as_failed
from .network import Network, network_to_predict
from .predict import predict_cases, require_cases

_KEPT_NETWORKS = 2


def serve(job: ServeJob, context: JobContext, *, control: Control, device: torch.device) -> None:
    """Answer requests, one after the other, until stdin ends (the job is done) or a plain `cancel` (it is cancelled).

    Each request's events carry its id and end with `done`, `failed` or `cancelled`; a failed one ends nothing else.
    """
    requests = _Requests(control, context)
    networks = _Networks()
    while (request := requests.next()) is not None:
        own = JobContext(context.emit, asked_to_stop=lambda: requests.stopped(request), request=request.request)
        began = time.monotonic()
        try:
            own.stop_if_asked()
            require_cases(request.job)
            loaded = [networks.get(choice, request.job.task) for choice in request.job.models]
            predict_cases(request.job, loaded, own, device=device)
        except Stopped:
            own.emit(Cancelled())
        except Exception as error:  # noqa: BLE001 - one request must not end the engine; every failure is told
            own.emit(as_failed(error, folder=request.job.output))
        else:
            own.emit(Done(elapsed_s=time.monotonic() - began))
    if not control.alone.is_set():
        raise Stopped


class _Requests:
    """Sorts the client's lines while a request is worked on: more requests, and cancellations of any of them."""

    def __init__(self, control: Control, context: JobContext) -> None:
        self._control, self._context = control, context
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> Request | None:
        """The next request, waiting for it; None when the engine is to end."""
        while True:
            request = self._waiting.get()
            if request is None or not self._control.stop.is_set():
                return request
            JobContext(self._context.emit, request=request.request).emit(Cancelled())

    def stopped(self, request: Request) -> bool:
        return self._control.stop.is_set() or request.request in self._cancelled

    def _read(self) -> None:
        while (line := self._control.lines.get()) is not None:
            try:
                self._waiting.put(Request.model_validate_json(line))
            except ValidationError as error:
                try:
                    self._cancelled.add(CancelRequest.model_validate_json(line).cancel)
                except ValidationError:
                    first = error.errors()[0]
                    where = ".".join(map(str, first["loc"])) or "the line"
                    self._context.warn(
                        ErrorCode.BAD_JOB,
                        what="A request was not understood.",
                        why=f"{where}: {first['msg']}.",
                        next="Send one JSON object a line, with request and job, or with cancel.",
                    )
        self._waiting.put(None)


class _Networks:
    """The networks used last, told apart by the weights' files, so that a retrained model is loaded anew."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Network] = OrderedDict()

    def get(self, choice: ModelChoice, task: Task) -> Network:
        file = choice.folder / WEIGHTS if choice.folder else choice.weights
        changed = file.stat().st_mtime_ns if file is not None and file.is_file() else 0
        key = f"{choice.model_dump_json()}/{changed}/{task.model_dump_json()}"
        if key not in self._kept:
            while len(self._kept) >= _KEPT_NETWORKS:
                self._kept.popitem(last=False)
            self._kept[key] = network_to_predict(choice, task)
        self._kept.move_to_end(key)
        return self._kept[key]
