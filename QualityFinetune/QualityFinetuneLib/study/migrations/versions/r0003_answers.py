"""Answers about whole exams: a grade, a class, labels or values, imported, given by a reader or by a model.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# INSERT OR REPLACE deletes without firing a delete trigger, so an insert that would replace is refused as well.
APPEND_ONLY = {"answers": "id = NEW.id OR supersedes = NEW.supersedes"}


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("task", sa.String, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("reader_id", sa.Integer),
        sa.Column("run_id", sa.Integer),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("probabilities", sa.JSON),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software_version", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_answers_case_id_cases"),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.id"], name="fk_answers_reader_id_readers"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_answers_run_id_runs"),
        sa.ForeignKeyConstraint(["supersedes"], ["answers.id"], name="fk_answers_supersedes_answers"),
        sa.UniqueConstraint("supersedes", name="uq_answers_supersedes"),
        sa.CheckConstraint("origin IN ('reader', 'model', 'imported')", name="ck_answers_origin"),
        sa.CheckConstraint("status IN ('draft', 'accepted', 'corrected', 'rejected')", name="ck_answers_status"),
        sa.CheckConstraint("origin <> 'reader' OR reader_id IS NOT NULL", name="ck_answers_reader"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_case_id", "answers", ["case_id"])
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
