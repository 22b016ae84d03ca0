"""Which of several masks of one task counts, where an exam came with more than one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from ..cases.found import FoundCase, FoundMask
from ..models.registry import cards


@dataclass(frozen=True, kw_only=True)
class MaskChoice:
    """A task for which exams came with several masks.

    Attributes:
        sources: who made them, as far as file names tell, with the number of these exams that have one; the one that
            counts unless another is preferred comes first.
        exams: how many exams have more than one.
    """

    task: str
    sources: dict[str, int]
    exams: int

    @property
    def default(self) -> str:
        """The source that counts where none is preferred."""
        return next(iter(self.sources))


def mask_choices(cases: Iterable[FoundCase]) -> list[MaskChoice]:
    """What there is to choose between, a task at a time; empty where no exam has two masks of one task."""
    counted: dict[str, Counter[str]] = {}
    exams: Counter[str] = Counter()
    for case in cases:
        for task in {mask.task for mask in case.masks}:
            names = {mask.source for mask in case.masks if mask.task == task}
            if len(names) > 1:
                counted.setdefault(task, Counter()).update(names)
                exams[task] += 1
    return [
        MaskChoice(
            task=task,
            sources={name: of_task[name] for name in sorted(of_task, key=lambda name: _usual(name, of_task))},
            exams=exams[task],
        )
        for task, of_task in sorted(counted.items())
    ]


def least_preferred_first(
    masks: Sequence[FoundMask], choices: Sequence[MaskChoice], prefer: Sequence[str]
) -> list[FoundMask]:
    """The masks in the order in which to record them: of several of one task the last one counts.

    Args:
        choices: of all exams imported together, so that they agree on what is usual.
        prefer: parts of names, or patterns with `*` and `?`, the most wanted first; case does not matter.
    """
    usual = {
        (choice.task, name): place for choice in choices for place, name in enumerate(choice.sources)
    }  # fmt: skip

    def rank(mask: FoundMask) -> tuple[int, int, int]:
        wanted = [(number, how) for number, one in enumerate(prefer) if (how := _fits(mask.source, one)) is not None]
        number, how = min(wanted, default=(len(prefer), 0))
        return number, how, usual.get((mask.task, mask.source), 0)

    return sorted(masks, key=lambda mask: (mask.task, tuple(-part for part in rank(mask))))


def made_by_a_model(source: str) -> bool:
    """Whether a file's name says that a model of this software made it: `gland_taps` and the model `taps_gland`."""
    return any(name <= _words(source) for name in _model_names())


@cache
def _model_names() -> tuple[frozenset[str], ...]:
    """Words of each packaged model's name; the cards are files, and an import asks for every mask."""
    return tuple(frozenset(_words(card.name)) for card in cards())


def _usual(name: str, counts: Counter[str]) -> tuple[bool, int, str]:
    # A model's own output comes last: held against it, that model would look better than it is. Then what most
    # exams have, so that they are held against the same.
    return made_by_a_model(name), -counts[name], name


def _fits(source: str, pattern: str) -> int | None:
    """0 for the very name, 1 for a part or a pattern of it, None otherwise."""
    name, wanted = source.casefold(), pattern.strip().casefold()
    if not wanted:
        return None
    if name == wanted:
        return 0
    return 1 if wanted in name or fnmatchcase(name, wanted) else None


def _words(text: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", text.casefold())) - {""}
