"""Run a prepared job in the shell: a progress bar with the time to go, warnings as they come, Ctrl+C to stop."""

from __future__ import annotations

from collections.abc import Callable

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from ..engine.protocol.events import AnyEvent, Metric, Started, Warned
from ..engine.protocol.events import Progress as ProgressEvent
from ..study.records import Run
from ..study.study import Study
from ..workflow.executing import execute
from ..workflow.prepared import PreparedRun
from .guard import INTERRUPTED
from .output import Output


class _ToGo(TextColumn):
    """The engine's own estimate of the time to go."""

    def render(self, task: Task) -> Text:
        eta_s = task.fields.get("eta_s")
        return Text("" if eta_s is None else f"{int(eta_s) // 60}:{int(eta_s) % 60:02d} to go")


def bars(output: Output) -> Progress:
    """Progress bars on stderr; they vanish where stderr is not a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _ToGo(""),
        TextColumn("{task.fields[note]}"),
        console=output.errors,
    )


def run_with_progress(study: Study, prepared: PreparedRun, output: Output, *, title: str | None = None) -> Run:
    """Run it and show how it goes.

    Raises:
        UserError: what made the run fail.
        typer.Exit: with code 130 when it was stopped by Ctrl+C.
    """
    with bars(output) as progress:
        estimated: set[str] = set()
        bar = progress.add_task(title or prepared.run.title, total=None, note="starting the engine", eta_s=None)

        def show(event: AnyEvent) -> None:
            if isinstance(event, ProgressEvent):
                progress.update(bar, completed=event.done, total=event.total, eta_s=event.eta_s)
            elif isinstance(event, Started):
                progress.update(bar, note=f"on {event.device}")
            elif isinstance(event, Metric) and event.name in _ESTIMATES and event.value is not None:
                told = _ESTIMATES[event.name](event.value)
                progress.update(bar, note=told)
                if event.name not in estimated:
                    estimated.add(event.name)
                    output.errors.print(f"This run {told}.")
            elif isinstance(event, Metric) and event.case is None and event.value is not None:
                progress.update(bar, note=_note(event))
            elif isinstance(event, Warned):
                output.warn(event.what, event.why, event.next)

        run = execute(study, prepared, on_event=show)
    if run.status == "cancelled":
        output.say(_cancelled(run))
        output.document({"run": run.id, "status": run.status})
        raise typer.Exit(INTERRUPTED)
    return run


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


_ESTIMATES: dict[str, Callable[[float], str]] = {
    "estimated_memory": lambda gigabytes: f"needs about {gigabytes:.1f} GB of memory",
    "estimated_time": lambda seconds: f"takes about {_duration(seconds)}",
}
"""What the engine reckons before it begins and, of the time, better as it goes; the first word of each stays."""


def _note(event: Metric) -> str:
    label = f" {event.label}" if event.label else ""
    return f"{event.name}{label} {event.value:.3f}"


def _cancelled(run: Run) -> str:
    if run.kind not in ("finetune", "pretrain"):
        return f"Run {run.id} was stopped; what it had finished is kept."
    return (
        f"Run {run.id} was stopped; its best weights are kept. "
        f"Go on with: quality-finetune {run.kind} --resume {run.id}"
    )
