"""Says in a user's words how a worker ended that did not say so itself."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from ...common.errors import ErrorCode
from ..protocol.events import Failed
from ..protocol.exit_codes import ExitCode


def explain_exit(code: int) -> str:
    """One sentence for an exit code as `subprocess` reports it (negative: the signal that ended the process)."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        if name == "SIGKILL":
            return "It was killed (SIGKILL), by someone or by the system because memory ran out."
        return f"It was ended by the system ({name})."
    if code == ExitCode.ABANDONED:
        return "It ended itself because nobody listened to it any more."
    if code > 255:  # Windows: an exception code such as 0xC0000005
        return f"It crashed (exit code 0x{code:08X})."
    return f"It stopped with exit code {code}."


def died(code: int, stderr_lines: Sequence[str]) -> Failed:
    """The event that stands in for the one the worker could not send."""
    told = [line.strip() for line in stderr_lines if line.strip()]
    last = f" Its last words were: {' | '.join(told[-3:])}" if told else " It left no message."
    missing = next((line for line in reversed(told) if "No module named" in line), None)
    if missing is not None and "QualityFinetuneLib" in missing:
        advice = "Install QualityFinetune into the Python that the setting names, or choose another Python."
    elif missing is not None:
        advice = "Install the engine's packages (PyTorch and MONAI) into that Python."
    else:
        advice = "Start it again with resume, which goes on after the last finished epoch, or with a smaller patch."
    return Failed(
        code=ErrorCode.ENGINE_DIED,
        what="The engine stopped before it had finished.",
        why=explain_exit(code) + last,
        next=advice,
    )
