"""One job from file to exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ...common.errors import ErrorCode, UserError
from ..protocol.events import Cancelled, Done, Started
from ..protocol.exit_codes import ExitCode
from ..protocol.job_file import AnyJob, load_job
from ..protocol.jobs import EvaluateJob, FinetuneJob, PredictJob, PretrainJob
from .channel import Channel
from .context import JobContext, Stopped
from .control import Control
from .failures import as_failed
from .ranks import own_device, own_rank, wanted_ranks
from .versions import versions


def main(arguments: Sequence[str], *, descriptor: int) -> int:
    """Run the job named on the command line; events go to the file descriptor."""
    parser = argparse.ArgumentParser(prog="python -m QualityFinetuneLib.engine", description="Run one job.")
    parser.add_argument("job", type=Path, nargs="?", help="job file, YAML")
    parser.add_argument(
        "--standby",
        action="store_true",
        help="read the libraries, then do the jobs whose files are named on stdin, one a line, one after the other",
    )
    parser.add_argument(
        "--unattended",
        action="store_true",
        help="do not listen on stdin and outlive the parent: for batch queues, which end jobs themselves",
    )
    options = parser.parse_args(arguments)
    if (options.job is None) != options.standby or (options.standby and options.unattended):
        parser.error("name a job, or stand by for those that a client names")
    control = Control()
    if own_rank():
        # One of several processes that train together; the first one speaks, listens and writes for all.
        return run_job_file(options.job, Channel(None), control, silent=True)
    channel = Channel(descriptor, on_lost=None if options.unattended else control.abandon)
    if not options.unattended:
        # A private copy: nothing the job imports can read the client's words from under us.
        stdin = os.fdopen(os.dup(0), "rb")
        _close_stdin()
        control.listen(stdin)
    try:
        return _stand_by(channel, control) if options.standby else run_job_file(options.job, channel, control)
    finally:
        channel.close()
        sys.stderr.flush()


def _stand_by(channel: Channel, control: Control) -> ExitCode:
    """Do job after job until one does not end well, the client says `cancel`, or it falls silent."""
    from .standing_by import clear_up, get_ready

    if control.lines.empty():  # a job that waits already takes what it needs and no more
        get_ready()
    _all_read()
    code = ExitCode.DONE
    while code is ExitCode.DONE and not control.stop.is_set():
        line = control.lines.get()
        if line is None:
            break
        code = run_job_file(Path(line), channel, control)
        channel.close()
        clear_up()
    return code


def run_job_file(path: Path, channel: Channel, control: Control, *, silent: bool = False) -> ExitCode:
    """Run the job in `path`, telling everything, the end included, through `channel`; nothing while `silent`."""
    began = time.monotonic()
    context = JobContext(channel.send, asked_to_stop=control.stop.is_set)
    folder: Path | None = None
    try:
        job = load_job(path)
        folder = job.output
        if not silent:
            channel.keep_in(job.output)
        _run(job, context, control)
    except Stopped:
        context.emit(Cancelled())
        return ExitCode.CANCELLED
    except Exception as error:  # noqa: BLE001 - the process's last line of defence: every end is told
        failed = as_failed(error, folder=folder)
        context.emit(failed)
        if silent:
            sys.stderr.write(f"process {own_rank()}: {failed.what} {failed.why} {failed.next}\n")
        return ExitCode.FAILED
    context.emit(Done(elapsed_s=time.monotonic() - began))
    return ExitCode.DONE


def _run(job: AnyJob, context: JobContext, control: Control) -> None:
    if wanted_ranks() > 1 and not isinstance(job, FinetuneJob):
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"A {job.kind} job cannot be shared by several processes.",
            why=f"{wanted_ranks()} were started, and only a finetune is made for that.",
            next="Start it once, without torchrun.",
        )

    def started(device: str) -> None:
        context.emit(Started(kind=job.kind, pid=os.getpid(), device=device, versions=versions()))

    # Each kind imports what it needs and no more: evaluating starts in half a second, without torch.
    if isinstance(job, EvaluateJob):
        from .evaluate import evaluate

        _all_read()
        started("cpu")
        evaluate(job, context)
        return
    from .device import prepare_device
    from .precision import format_of

    device = prepare_device(own_device(job.device), threads=job.threads)
    started(str(device))
    format_of(device, job.precision)  # refused now, not after the cases were read
    if isinstance(job, FinetuneJob):
        from .distributed import joined
        from .finetune import finetune

        _all_read()
        with joined(device) as ranks:
            finetune(job, context, device=device, ranks=ranks)
    elif isinstance(job, PretrainJob):
        from .pretrain import pretrain

        _all_read()
        pretrain(job, context, device=device)
    elif isinstance(job, PredictJob):
        from .predict import predict

        _all_read()
        predict(job, context, device=device)
    else:
        from .serve import serve

        _all_read()
        serve(job, context, control=control, device=device)


def _all_read() -> None:
    """Look for garbage from now on, but never among what was read (see `engine.__main__`, which alone stops it)."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _close_stdin() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
