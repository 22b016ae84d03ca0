"""The outermost layer of the command line: failures end as what, why and what next, never as a traceback."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from ..common.errors import ErrorCode, UserError
from .output import current_output, forget_output

DEBUG_VARIABLE = "QUALITYFINETUNE_DEBUG"
INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it (128 + SIGINT)."""

STEPS = ("study", "rate", "agreement", "pretrain", "finetune", "predict", "evaluate", "report", "models", "demo")


class GuardedGroup(TyperGroup):
    """The root command group."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the steps; what is not a step keeps its order behind them."""
        known = super().list_commands(ctx)
        return [name for name in STEPS if name in known] + [name for name in known if name not in STEPS]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn what goes wrong into a message and an exit code other than 0."""
        forget_output()
        try:
            return super().invoke(ctx)
        except UserError as error:
            current_output().fail(error)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            current_output().errors.print("Stopped.")
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:
            raise typer.Exit(1) from error
        except Exception as error:
            if _passes_through(error) or os.environ.get(DEBUG_VARIABLE):
                raise
            current_output().fail(_unexpected(error))
            raise typer.Exit(1) from error


def _passes_through(error: Exception) -> bool:
    """Typer's own ways to end a command: wrong usage, exit, abort; by name, since their module moved over time."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"ClickException", "Exit", "Abort"})


def _unexpected(error: Exception) -> UserError:
    return UserError(
        ErrorCode.INTERNAL,
        what="The command stopped because of an error in the program.",
        why=f"{type(error).__name__}: {error}.",
        next=f"Please report it with what {DEBUG_VARIABLE}=1 prints when you repeat the command.",
    )
