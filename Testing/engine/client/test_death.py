"""Ends of processes in a user's words."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.client.death import died, explain_exit


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "SIGKILL"),
        (-11, "SIGSEGV"),
        (-200, "signal 200"),
        (1, "exit code 1"),
        (4, "nobody listened"),
        (0xC0000005, "0xC0000005"),
    ],
)
def test_every_kind_of_exit_is_one_sentence(code: int, words: str) -> None:
    told = explain_exit(code)
    assert words in told and told.endswith(".")


def test_the_last_words_are_the_last_lines_that_say_anything() -> None:
    failed = died(1, ["first", "", "second", "third", "fourth", "  "])
    assert failed.code is ErrorCode.ENGINE_DIED
    assert failed.why.endswith("second | third | fourth")


def test_silence_is_told_too() -> None:
    assert "left no message" in died(-9, []).why


def test_a_missing_torch_asks_for_the_engines_packages() -> None:
    assert "PyTorch" in died(1, ["ModuleNotFoundError: No module named 'torch'"]).next
