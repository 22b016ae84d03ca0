"""Which patient is for what: seeded, the same on every machine, whatever the order of rows or Python's hash seed."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..common.errors import ErrorCode, UserError
from .errors import bad_values
from .records import PARTS, Part

Fractions = Mapping[Part, float] | tuple[float, float, float]
"""Share of the patients for each part; a tuple is train, validate, test."""

TOLERANCE = 1e-6


def split_patients(
    patients: Mapping[str, str], *, seed: int, fractions: Fractions, name: str = "split"
) -> dict[str, Part]:
    """Give each patient a part.

    The number of patients of a part is its share by the largest-remainder method, and at least one where the share
    is not zero. Strata are spread over the parts as evenly as whole patients allow.

    Args:
        patients: stratum by patient; one stratum for all leaves them unstratified.
        seed: another seed gives another split of the same sizes.
        fractions: they add up to 1.
        name: how messages call the split.

    Raises:
        UserError: TOO_FEW_CASES when a part would stay empty, BAD_VALUES for impossible fractions.
    """
    shares = checked(fractions)
    sizes = part_sizes(len(patients), shares, name=name)
    strata: dict[str, list[str]] = defaultdict(list)
    for patient in sorted(patients, key=lambda patient: _draw(seed, "patient", patient)):
        strata[patients[patient]].append(patient)
    parts: dict[str, Part] = {}
    given = dict.fromkeys(PARTS, 0)
    seen = 0
    # Strata in drawn order, so that no stratum always has first pick.
    for stratum in sorted(strata, key=lambda stratum: _draw(seed, "stratum", stratum)):
        members = strata[stratum]
        seen += len(members)
        due = {part: Fraction(sizes[part] * seen, len(patients)) for part in PARTS}
        dealt = [_next_part(due, given, f"{stratum}\0{patient}", seed) for patient in members]
        # Patients are in drawn order already; the first ones train.
        parts.update(zip(members, sorted(dealt, key=PARTS.index), strict=True))
    return parts


def part_sizes(patients: int, shares: Mapping[Part, float], *, name: str = "split") -> dict[Part, int]:
    """Whole patients for each part; they add up to `patients`, and no part with a share is empty.

    Raises:
        UserError: TOO_FEW_CASES.
    """
    wanted = [part for part in PARTS if shares[part] > 0]
    if patients < len(wanted):
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what=f"The split {name} could not be made.",
            why=f"There are {_count(patients)} for {len(wanted)} parts ({', '.join(wanted)}), "
            "and all cases of a patient must be in the same part.",
            next=f"Add cases until there are at least {len(wanted)} patients, or leave a part out.",
        )
    sizes = {part: math.floor(shares[part] * patients + TOLERANCE) for part in PARTS}
    by_remainder = sorted(wanted, key=lambda part: sizes[part] - shares[part] * patients)
    for part in by_remainder[: patients - sum(sizes.values())]:
        sizes[part] += 1
    for part in wanted:
        if sizes[part] == 0:
            sizes[max(PARTS, key=lambda other: sizes[other])] -= 1
            sizes[part] = 1
    return sizes


def checked(fractions: Fractions) -> dict[Part, float]:
    """Fractions of all three parts.

    Raises:
        UserError: BAD_VALUES unless they are named train, validate or test, at least 0, and add up to 1.
    """
    given = dict(zip(PARTS, fractions, strict=True)) if isinstance(fractions, Sequence) else dict(fractions)
    unknown = sorted(set(given) - set(PARTS))
    shares = {part: float(given.get(part, 0.0)) for part in PARTS}
    why = None
    if unknown:
        why = f"{', '.join(unknown)} is no part; the parts are {', '.join(PARTS)}."
    elif any(not math.isfinite(share) or share < 0 for share in shares.values()):
        why = "A share is negative or not a number."
    elif abs(sum(shares.values()) - 1) > TOLERANCE:
        why = f"The shares add up to {sum(shares.values()):g}."
    if why is not None:
        raise bad_values("The split could not be made.", why, "Give shares from 0 to 1 that add up to 1.")
    return shares


def _next_part(due: Mapping[Part, Fraction], given: dict[Part, int], key: str, seed: int) -> Part:
    """The part of one more patient: where a whole one is due, else drawn by what is due.

    After each stratum every part has less than one patient more or less than is due to it; fractions are exact, so
    that in the end every part has its size. Drawing, not rounding, lets a small stratum reach every part.
    """
    lacking = {part: due[part] - given[part] for part in PARTS if due[part] > given[part]}
    most = max(lacking, key=lambda part: lacking[part])
    if lacking[most] < 1:
        mark = Fraction(int(_draw(seed, "part", key)[:64], 16), 16**64) * sum(lacking.values())
        for part, share in lacking.items():
            most = part
            mark -= share
            if mark < 0:
                break
    given[most] += 1
    return most


def _draw(seed: int, what: str, key: str) -> str:
    """A random-looking rank that depends on nothing but these; the key itself settles the impossible tie."""
    return hashlib.sha256(f"{seed}\0{what}\0{key}".encode()).hexdigest() + key


def _count(patients: int) -> str:
    return "no patients" if patients == 0 else "1 patient" if patients == 1 else f"{patients} patients"
