"""What `torchrun` tells a process about itself; read without torch, before anything else is known."""

from __future__ import annotations

import os


def wanted_ranks() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def own_rank() -> int:
    """This process's number among them; 0 is the one that speaks and writes."""
    return int(os.environ.get("RANK", "0")) if wanted_ranks() > 1 else 0


def own_device(name: str) -> str:
    """A GPU of its own for each process of this machine, where GPUs are wanted.

    Args:
        name: of the device that the job asks for.
    """
    if wanted_ranks() == 1 or name not in ("auto", "cuda"):
        return name
    import torch

    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else name
