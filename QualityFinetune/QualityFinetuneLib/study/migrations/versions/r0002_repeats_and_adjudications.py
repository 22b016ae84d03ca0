"""Repeated readings, and adjudications with the readings that they settle.

Readings stay append-only: a column is added with the value that every earlier reading has, and no row is touched.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# INSERT OR REPLACE deletes without firing a delete trigger, so an insert that would replace is refused as well.
APPEND_ONLY = {
    "adjudications": "id = NEW.id OR supersedes = NEW.supersedes",
    "adjudicated_readings": "adjudication_id = NEW.adjudication_id AND reading_id = NEW.reading_id",
}


def upgrade() -> None:
    # In plain SQL: it is the same for SQLite and PostgreSQL, and Alembic would rebuild the table for SQLite.
    op.execute(
        'ALTER TABLE readings ADD COLUMN "repeat" INTEGER DEFAULT 0 NOT NULL '
        'CONSTRAINT ck_readings_repeat CHECK ("repeat" >= 0)'
    )
    op.create_table(
        "adjudications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("reader_id", sa.Integer, nullable=False),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("form_version", sa.String, nullable=False),
        sa.Column("protocol", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("exam_score", sa.Integer),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software_version", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_adjudications"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_adjudications_case_id_cases"),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.id"], name="fk_adjudications_reader_id_readers"),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["adjudications.id"], name="fk_adjudications_supersedes_adjudications"
        ),
        sa.UniqueConstraint("supersedes", name="uq_adjudications_supersedes"),
        sa.CheckConstraint("protocol IN ('bpmri', 'mpmri')", name="ck_adjudications_protocol"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_adjudications_case_id", "adjudications", ["case_id"])
    op.create_table(
        "adjudicated_readings",
        sa.Column("adjudication_id", sa.Integer, nullable=False),
        sa.Column("reading_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("adjudication_id", "reading_id", name="pk_adjudicated_readings"),
        sa.ForeignKeyConstraint(
            ["adjudication_id"], ["adjudications.id"], name="fk_adjudicated_readings_adjudication_id_adjudications"
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_adjudicated_readings_reading_id_readings"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_sqlite()
    else:
        _refuse_changes_postgresql()


def _refuse_changes_sqlite() -> None:
    for table, replaced in APPEND_ONLY.items():
        refuse = f"SELECT RAISE(ABORT, '{table} is append-only')"
        for action in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} BEGIN {refuse}; END")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names above, no input
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {replaced}) BEGIN {refuse}; END"
        )


def _refuse_changes_postgresql() -> None:
    for table in APPEND_ONLY:  # the function is that of the first revision
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION qualityfinetune_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION qualityfinetune_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("A study is not taken back to an older version; open the copy made before the upgrade.")
