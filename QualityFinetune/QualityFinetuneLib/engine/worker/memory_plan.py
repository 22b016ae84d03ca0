"""How training makes do with less memory: smaller parts of a batch, smaller patches, then computing twice."""

from __future__ import annotations

from dataclasses import dataclass

from ...common.errors import ErrorCode
from .context import JobContext

SMALLEST_PATCH = 32


@dataclass
class MemoryPlan:
    """What is shown to the network at once.

    Attributes:
        parts: pieces that a batch is cut into; their gradients are added, so the batch itself stays what it was.
        patch: voxels, in the network's order of axes.
        recompute: compute the encoder's and the decoder's activations again in the backward pass instead of keeping
            both.
        patch_may_shrink: False for a network that needs the whole volume.
        divisors: what each extent of the patch must be divisible by.
    """

    parts: int
    patch: tuple[int, int, int]
    recompute: bool
    patch_may_shrink: bool
    divisors: tuple[int, int, int] = (1, 1, 1)

    def shrink(self, batch_size: int, context: JobContext) -> bool:
        """Take the next step down and say so; False when there is none left."""
        if self.parts < batch_size:
            self.parts = min(batch_size, 2 * self.parts)
            told = f"each batch is computed in {self.parts} parts, which changes the time but not the result"
        elif self.patch_may_shrink and (smaller := self._smaller_patch()) is not None:
            self.patch = smaller
            told = f"patches now have {' x '.join(map(str, smaller))} voxels, so the network sees less around each"
        elif not self.recompute:
            self.recompute = True
            told = "intermediate results are computed twice, which takes about a third more time"
        else:
            return False
        context.warn(
            ErrorCode.OUT_OF_MEMORY,
            what="The training goes on with less memory.",
            why=f"Memory did not suffice, so {told}.",
            next="Nothing has to be done; a device with more memory avoids it.",
        )
        return True

    def _smaller_patch(self) -> tuple[int, int, int] | None:
        axis = max(range(3), key=lambda a: self.patch[a])
        half = -(-self.patch[axis] // 2 // self.divisors[axis]) * self.divisors[axis]
        if self.patch[axis] <= SMALLEST_PATCH or half >= self.patch[axis]:
            return None
        x, y, z = (half if a == axis else n for a, n in enumerate(self.patch))
        return x, y, z
