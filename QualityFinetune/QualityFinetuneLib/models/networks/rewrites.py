"""Choose between operations as published and exact rewrites of them: same weights, same results, less work."""

from __future__ import annotations

from torch import nn


class Rewritable(nn.Module):
    """A module whose `forward` has two forms; `rewrite` chooses the cheaper one."""

    rewrite: bool = True


def use_rewrites(model: nn.Module, on: bool) -> None:
    """Let every module of `model` that has two forms use the rewritten one (`on`) or the published one."""
    for module in model.modules():
        if isinstance(module, Rewritable):
            module.rewrite = on
