"""Splits: made once by patient, kept as made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..common.errors import ErrorCode, UserError
from .database import Database
from .errors import bad_values, not_found
from .records import Part, Split
from .splitting import Fractions, checked, split_patients
from .tables import CaseRow, SplitMemberRow, SplitRow


class Splits:
    """The splits of a study."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        *,
        seed: int,
        fractions: Fractions,
        case_ids: Collection[int],
        strata: Mapping[int, str | None] | None = None,
    ) -> Split:
        """Split cases by patient and keep the split under a name.

        Args:
            fractions: share of the patients for train, validate and test, as a mapping or in that order.
            strata: quality by case id (see `study.quality.strata`), to spread high and low evenly over the parts;
                a patient whose cases differ counts as a stratum of its own, so does one without a quality.

        Raises:
            UserError: CONFLICT when the name is taken, NOT_FOUND for an unknown case, TOO_FEW_CASES, BAD_VALUES.
        """
        if not name.strip():
            raise bad_values("The split could not be made.", "It has no name.", "Give it a name.")
        shares = checked(fractions)
        ids = sorted(set(case_ids))
        try:
            with self._database.writing() as session:
                if session.scalar(select(SplitRow.id).where(SplitRow.name == name)) is not None:
                    raise _taken(name)
                patient_of = _patients(session, ids)
                parts = split_patients(_strata(patient_of, strata), seed=seed, fractions=shares, name=name)
                row = SplitRow(name=name, seed=seed, fractions=dict(shares), created=datetime.now(UTC))
                session.add(row)
                session.flush()
                session.add_all(
                    SplitMemberRow(split_id=row.id, case_id=case_id, part=parts[patient_of[case_id]])
                    for case_id in ids
                )
                session.flush()
                return _split(session, row)
        except IntegrityError as error:
            raise _taken(name) from error

    def get(self, name: str) -> Split:
        """The split with that name.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = session.scalar(select(SplitRow).where(SplitRow.name == name))
            if row is None:
                raise not_found("split", name)
            return _split(session, row)

    def all(self) -> list[Split]:
        """Every split, oldest first."""
        with self._database.reading() as session:
            return [_split(session, row) for row in session.scalars(select(SplitRow).order_by(SplitRow.id))]


def _patients(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    known = {row.id: row.patient for row in session.execute(select(CaseRow.id, CaseRow.patient))}
    unknown = [case_id for case_id in case_ids if case_id not in known]
    if unknown:
        raise not_found("case", ", ".join(map(str, unknown)))
    return {case_id: known[case_id] for case_id in case_ids}


def _strata(patient_of: Mapping[int, str], strata: Mapping[int, str | None] | None) -> dict[str, str]:
    """One stratum a patient: what its cases have in common, or the mixture they are."""
    found: dict[str, set[str]] = defaultdict(set)
    for case_id, patient in patient_of.items():
        found[patient].add((strata or {}).get(case_id) or "unrated")
    return {patient: "+".join(sorted(values)) for patient, values in found.items()}


def _split(session: Session, row: SplitRow) -> Split:
    members = session.execute(
        select(SplitMemberRow.case_id, SplitMemberRow.part)
        .where(SplitMemberRow.split_id == row.id)
        .order_by(SplitMemberRow.case_id)
    )
    return Split(
        id=row.id,
        name=row.name,
        seed=row.seed,
        fractions=cast(dict[Part, float], row.fractions),
        members={case_id: cast(Part, part) for case_id, part in members},
        created=row.created,
    )


def _taken(name: str) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what=f"The split {name} was not made.",
        why="A split of this name exists, and splits are kept as they were made.",
        next="Use the existing split, or give the new one another name.",
    )
