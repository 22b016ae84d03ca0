"""Shares of a batch, gradients in pieces, and failures that become everybody's; the second rank is a stand-in."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import distributed, nn

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.worker import distributed as module
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.distributed import ALONE, ProcessGroup, Ranks, joined

CPU = torch.device("cpu")


@given(size=st.integers(1, 9), batch=st.integers(0, 30))
def test_shares_are_the_batch_without_overlap_and_as_equal_as_can_be(size: int, batch: int) -> None:
    shares = []
    for rank in range(size):
        one = Ranks()
        one.rank, one.size = rank, size
        shares.append(one.share(list(range(batch))))
    assert [item for share in shares for item in share] == list(range(batch))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_alone_everything_is_as_it_is() -> None:
    assert ALONE.first and ALONE.any(True) and not ALONE.any(False)
    assert ALONE.total(2.5) == 2.5 and ALONE.gathered(lambda: (7, 8)) == [7, 8]
    with joined(CPU) as ranks:
        assert ranks is ALONE


class Other:
    """The second of two ranks, which has the same as the first; stands in for torch.distributed."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, rank: int = 0, sent: tuple[str, list[object]] = ("done", [])
    ) -> None:
        self.messages = 0
        monkeypatch.setattr(distributed, "get_rank", lambda: rank)
        monkeypatch.setattr(distributed, "get_world_size", lambda: 2)
        monkeypatch.setattr(distributed, "all_reduce", self.all_reduce)
        monkeypatch.setattr(distributed, "all_gather_object", self.gather)
        self.sent = sent

    def all_reduce(self, tensor: torch.Tensor) -> None:
        self.messages += 1
        tensor.mul_(2)

    def gather(self, found: list[object], own: object) -> None:
        found[:] = [own, self.sent]
        self.heard = own


def test_gradients_are_added_up_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Other(monkeypatch)
    monkeypatch.setattr(module, "_BUCKET_NUMBERS", 10)
    parameters = [nn.Parameter(torch.zeros(shape)) for shape in ((3, 4), (2,), (5, 1), (7,))]
    for number, parameter in enumerate(parameters[:3]):
        parameter.grad = torch.full_like(parameter, number + 1.0)
    ProcessGroup(CPU).add_up(parameters)
    assert [float(p.grad.mean()) for p in parameters[:3]] == [2, 4, 6]
    assert parameters[3].grad is None, "what is at rest stays at rest"
    assert other.messages == 2


def test_sums_and_flags_go_over_all_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    Other(monkeypatch)
    group = ProcessGroup(CPU)
    assert group.total(1.5) == 3.0
    assert group.any(True) and not group.any(False)


def test_a_lost_rank_is_one_failure_whatever_torch_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Other(monkeypatch)

    def gone(_: torch.Tensor) -> None:
        raise RuntimeError("[gloo/transport/tcp/pair.cc] Connection closed by peer [127.0.0.1]:4711")

    monkeypatch.setattr(distributed, "all_reduce", gone)
    with pytest.raises(UserError) as caught:
        ProcessGroup(CPU).total(1.0)
    assert caught.value.code is ErrorCode.ENGINE_DIED and "resume" in caught.value.next


@pytest.mark.parametrize(("error", "word"), [(Stopped(), "stopped"), (KeyError("x"), "failed")])
def test_a_ranks_failure_is_its_own_and_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception, word: str) -> None:
    other = Other(monkeypatch)

    def fail() -> list[float]:
        raise error

    with pytest.raises(type(error)):
        ProcessGroup(CPU).gathered(fail)
    assert other.heard == (word, ())


@pytest.mark.parametrize(
    ("sent", "raised"),
    [(("stopped", []), Stopped), (("failed", []), UserError), (("done", [3.0]), None)],
)
def test_every_rank_gets_what_all_did_in_their_order(
    monkeypatch: pytest.MonkeyPatch, sent: tuple[str, list[object]], raised: type[Exception] | None
) -> None:
    Other(monkeypatch, sent=sent)
    group = ProcessGroup(CPU)
    if raised is None:
        assert group.gathered(lambda: [1.0, 2.0]) == [1.0, 2.0, 3.0]
        return
    with pytest.raises(raised):
        group.gathered(lambda: [1.0])
