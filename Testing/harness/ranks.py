"""Processes that train together, started as `torchrun` would, from one server that has imported torch already."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path


@dataclass(frozen=True)
class Rank:
    """One running worker, its standard streams in files."""

    process: BaseProcess
    stdin: Path
    stdout: Path
    stderr: Path

    def say(self, line: str) -> None:
        """Write a line to its stdin, which it must be listening to."""
        with self.stdin.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def start(
    job: Path,
    folder: Path,
    *,
    count: int = 2,
    unattended: bool = True,
    before: Callable[[int], None] | None = None,
) -> list[Rank]:
    """Start `count` workers on the job file, their streams in `folder`.

    Args:
        before: called in each process with its rank, to change what it is about to do; a function of a module.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["QualityFinetuneLib.engine.worker.finetune"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [str(job), *(["--unattended"] if unattended else [])]
    ranks = []
    for number in range(count):
        stdin = folder / f"stdin-{number}"
        os.mkfifo(stdin)
        one = Rank(
            context.Process(target=_run, args=(arguments, number, count, port, folder, before), daemon=True),
            stdin,
            folder / f"stdout-{number}",
            folder / f"stderr-{number}",
        )
        one.process.start()
        ranks.append(one)
    return ranks


def _run(
    arguments: list[str], rank: int, count: int, port: int, folder: Path, before: Callable[[int], None] | None
) -> None:
    # Opened for writing too, so that it neither blocks nor ends when a writer goes.
    streams = (
        os.open(folder / f"stdin-{rank}", os.O_RDWR),
        os.open(folder / f"stdout-{rank}", os.O_WRONLY | os.O_CREAT),
        os.open(folder / f"stderr-{rank}", os.O_WRONLY | os.O_CREAT),
    )
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    from QualityFinetuneLib.engine.worker.main import main
    from QualityFinetuneLib.engine.worker.stdout import claim_stdout

    if before is not None:
        before(rank)
    sys.exit(main(arguments, descriptor=claim_stdout()))
