"""Maps that are made again for the gradients, from smaller or fewer ones, instead of being kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from torch import Tensor


class Made(NamedTuple):
    """Maps, and how to make them again.

    Layers that need their input for the gradients keep `sources` in its place. A long chain of cheap steps behind a
    costly one then takes no more memory than the costly one's result.

    Attributes:
        maps: (N, C, D, H, W), part of the graph of gradients.
        make: gives the same maps for `sources`, without gradients.
        sources: what is kept.
    """

    maps: Tensor
    make: Callable[..., Tensor]
    sources: tuple[Tensor, ...]

    @classmethod
    def kept(cls, maps: Tensor) -> Self:
        """Maps that are kept themselves."""
        return cls(maps, _itself, (maps.detach(),))

    def then(self, step: Callable[..., Tensor], *more: Tensor, maps: Tensor | None = None) -> Made:
        """What `step(maps, *more)` gives, not kept.

        Args:
            step: cheap enough to be done twice.
            more: what it takes besides.
            maps: its result, where that has been computed with gradients already.
        """
        make, sources, count = self.make, (*self.sources, *(one.detach() for one in more)), len(self.sources)

        def both(*given: Any) -> Tensor:
            return step(make(*given[:count]), *given[count:])

        return Made(step(self.maps, *more) if maps is None else maps, both, sources)


def _itself(maps: Tensor) -> Tensor:
    return maps
