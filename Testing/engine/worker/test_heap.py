from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.engine.client.python import KEEP_MEMORY
from QualityFinetuneLib.engine.worker import heap


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """What glibc is told, instead of telling it."""
    told: dict[int, int] = {}

    class Library:
        def mallopt(self, number: int, value: int) -> int:
            told[number] = value
            return 1

        def malloc_trim(self, _: int) -> int:
            return 0

    monkeypatch.setattr(heap.ctypes, "CDLL", lambda _: Library())
    monkeypatch.setattr(heap, "_has_glibc", lambda: True)
    for name, value in KEEP_MEMORY.items():
        monkeypatch.setenv(name, value)
    return told


def test_memory_is_returned_where_much_learns_and_kept_elsewhere(
    options: dict[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heap, "_LARGE", 100)
    assert heap.suit_heap([torch.empty(60), torch.empty(40)]) is True
    assert options[-3] == 1 << 20
    assert heap.suit_heap([torch.empty(99)]) is False
    assert options[-3] == 1 << 30 and all(value < 1 << 31 for value in options.values())


def test_what_a_user_has_set_stays(options: dict[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "12345")
    assert heap.suit_heap([torch.empty(1)]) is None and not options


def test_other_systems_and_devices_are_left_alone(options: dict[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert heap.suit_heap([torch.empty(1, device="meta")]) is None
    monkeypatch.setattr(heap, "_has_glibc", lambda: False)
    assert heap.suit_heap([torch.empty(1)]) is None and not options
