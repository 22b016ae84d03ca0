from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.study.tables import Base, UtcDateTime

DIALECT = sqlite.dialect()  # type: ignore[no-untyped-call]
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def test_the_migrations_make_exactly_these_tables(study: Study) -> None:
    with study.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_exactly_these_tables_on_a_server(postgresql_study: Study) -> None:
    with postgresql_study.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@given(st.datetimes(datetime(1900, 1, 3), datetime(2200, 1, 1), timezones=ZONES))
def test_a_moment_is_the_same_moment_after_the_way_through_sqlite(moment: datetime) -> None:
    column = UtcDateTime()
    stored = column.process_bind_param(moment, DIALECT)
    assert stored is not None
    loaded = column.process_result_value(stored.replace(tzinfo=None), DIALECT)
    assert loaded == moment
    assert loaded.tzinfo is UTC


def test_a_server_may_answer_in_another_time_zone() -> None:
    there = datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=2)))
    loaded = UtcDateTime().process_result_value(there, DIALECT)
    assert loaded is not None and loaded.isoformat() == "2026-03-02T08:00:00+00:00"


def test_no_moment_stays_none_and_one_without_a_zone_is_refused() -> None:
    column = UtcDateTime()
    assert column.process_bind_param(None, DIALECT) is column.process_result_value(None, DIALECT) is None
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 1, 1), DIALECT)
