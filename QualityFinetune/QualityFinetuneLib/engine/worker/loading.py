"""The next batches are cut and augmented in a thread of their own while the network computes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from .patches import Shown
from .sample import Sample

_AHEAD = 2
"""Batches that wait ready; more would take memory and gain nothing, since one takes as long to cut as the next."""
_LOOK_UP_S = 0.1


class Samples(Protocol):
    """Gives what is shown: `Patches`, or views of images that nobody has labelled."""

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        """One case cut to `patch`, in the network's order of axes."""
        ...


@dataclass(frozen=True)
class Loaded:
    """A batch that is ready.

    Attributes:
        shown: what it shows.
        samples: of each.
        patch: extents that it was cut with.
    """

    shown: Sequence[Shown]
    samples: Sequence[Sample]
    patch: tuple[int, int, int]


class Loader:
    """Gives batches in order, cutting a few ahead; a context manager, whose end stops the thread.

    What is cut does not depend on when: all randomness comes from the words in `Shown`.

    Args:
        samples: cuts; used by the thread and, when a batch has to be cut anew, by the training step.
        batches: what to show; consumed by the thread.
        patch: extents to cut with, asked before each batch because they may shrink.
        pinned: keep tensors where a GPU can fetch them by itself.

    Attributes:
        waited_s: how long the caller has waited for batches since it last set this to zero.
    """

    def __init__(
        self,
        samples: Samples,
        batches: Iterable[Sequence[Shown]],
        *,
        patch: Callable[[], tuple[int, int, int]],
        pinned: bool = False,
    ) -> None:
        self._samples, self._batches, self._patch, self._pinned = samples, batches, patch, pinned
        self._ready: queue.Queue[Loaded | BaseException | None] = queue.Queue(maxsize=_AHEAD)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="loader", daemon=True)
        self.waited_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def next(self) -> Loaded:
        """The next batch, waiting for it; what went wrong in the thread is raised here.

        Raises:
            StopIteration: after the last batch.
        """
        began = time.perf_counter()
        found = self._ready.get()
        self.waited_s += time.perf_counter() - began
        if isinstance(found, Loaded):
            return found
        raise found or StopIteration

    def _work(self) -> None:
        try:
            for shown in self._batches:
                patch = self._patch()
                if not self._hand_over(Loaded(shown, [self._sample(one, patch) for one in shown], patch)):
                    return
            self._hand_over(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the batch is asked for
            self._hand_over(error)

    def _sample(self, shown: Shown, patch: tuple[int, int, int]) -> Sample:
        sample = self._samples.get(shown, patch)
        return sample.pinned() if self._pinned else sample

    def _hand_over(self, loaded: Loaded | BaseException | None) -> bool:
        """Wait for room; False when nobody wants more."""
        while not self._ended.is_set():
            try:
                self._ready.put(loaded, timeout=_LOOK_UP_S)
            except queue.Full:
                continue
            return True
        return False
