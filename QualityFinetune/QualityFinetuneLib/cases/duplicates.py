"""Volumes that lie there twice, and compressed ones that cannot be decoded: only good ones are handed on, once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ..common.errors import ErrorCode, UserError
from . import messages
from .found import ImportMessage
from .pixels import volume_of
from .stacks import Stack


def without_duplicates(stacks: Sequence[Stack], told: list[ImportMessage]) -> list[Stack]:
    """Each volume once, when the same images were stored again under new identifiers."""
    kept: dict[tuple[object, ...], list[tuple[Stack, str | None]]] = defaultdict(list)
    result: list[Stack] = []
    for stack in sorted(stacks, key=lambda s: (str(s.head.path), s.head.instance)):
        head, grid = stack.head, stack.geometry
        alike = kept[
            grid.size, grid.spacing_mm, grid.origin_mm, head.image_type, head.diffusion, head.echo_time_ms,
            tuple(s.acquisition_time_s for s in stack.slices), head.temporal_index,
        ]  # fmt: skip
        if alike and stack.acquired_s is not None:
            digest = _digest(stack)
            alike[:] = [(other, known or _digest(other)) for other, known in alike]
            twin = next((other for other, known in alike if known == digest and digest), None)
            if twin is not None:
                told.append(_duplicate(stack, twin))
                place = result.index(twin)
                result[place] = replace(twin, repeats=max(twin.repeats - 1, 1))
                alike[:] = [(result[place] if other is twin else other, known) for other, known in alike]
                continue
        alike.append((stack, None))
        result.append(stack)
    return result


def decodable(stacks: Sequence[Stack], told: list[ImportMessage]) -> list[Stack]:
    """Those whose pixels can be decoded; of plain pixels the headers tell, compressed ones are tried."""
    kept: list[Stack] = []
    by_gdcm: dict[str, list[Stack]] = defaultdict(list)
    for stack in stacks:
        reasons: set[str] = set()
        if any(one.compressed for one in stack.slices):
            try:
                volume_of(stack.slices, by_gdcm=reasons.add)
            except UserError as failure:
                told.append(messages.from_user_error(stack.folder, failure))
                continue
        kept.append(stack)
        for reason in sorted(reasons):
            by_gdcm[reason].append(stack)
    told += [_by_another_decoder(reason, found) for reason, found in by_gdcm.items()]
    return kept


def _digest(stack: Stack) -> str:
    try:
        return hashlib.sha256(volume_of(stack.slices).tobytes()).hexdigest()
    except UserError:
        return ""


def _by_another_decoder(reason: str, stacks: Sequence[Stack]) -> ImportMessage:
    """One message for all series of an exam: an archive compresses them alike."""
    names = list(dict.fromkeys(stack.name for stack in stacks))
    return messages.warning(
        stacks[0].folder,
        ErrorCode.UNREADABLE_FILE,
        f"GDCM, a second decoder, read the pixels of the series {_listed(names)}.",
        reason,
        "Compare the pictures with those of your viewer; nothing has to be done if they look alike.",
    )


def _listed(names: Sequence[str], *, most: int = 3) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _duplicate(stack: Stack, twin: Stack) -> ImportMessage:
    return messages.warning(
        stack.folder,
        ErrorCode.CONFLICT,
        f"The series {stack.name} was left out.",
        f"It is a copy of the series {twin.name} in {twin.folder.name}.",
        "Nothing needs to be done; one of the two was imported.",
    )
