"""What a training step gets of one case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ...models.networks.windows import Window


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One case as it is shown.

    Attributes:
        image: float32 (C, *patch); None where only its features are left.
        target: of the case, or of `window` alone.
        window: where the network is taught; None everywhere.
        features: of `image`, one map (C, d, h, w) a level, where they are known already.
        found: takes them once they were computed, where they were not.
    """

    image: Tensor | None
    target: Tensor
    window: Window | None = None
    features: Sequence[Tensor] | None = None
    found: Callable[[Sequence[Tensor]], None] | None = None

    def pinned(self) -> Sample:
        """The same, in memory that a GPU can fetch from by itself."""
        return replace(
            self,
            image=None if self.image is None else self.image.pin_memory(),
            target=self.target.pin_memory(),
            features=None if self.features is None else [level.pin_memory() for level in self.features],
        )
