"""Tables of the first release, and the triggers that make records append-only.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NEVER_REUSE_IDS = {"sqlite_autoincrement": True}

# INSERT OR REPLACE deletes without firing a delete trigger, so an insert that would replace is refused as well.
APPEND_ONLY = {
    "readings": "id = NEW.id OR supersedes = NEW.supersedes",
    "annotations": "id = NEW.id",
    "splits": "id = NEW.id OR name = NEW.name",
    "split_members": "split_id = NEW.split_id AND case_id = NEW.case_id",
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "study",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("patient", sa.String, nullable=False),
        sa.Column("exam", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("slug", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("patient", "exam", name="uq_cases_patient_exam"),
        sa.UniqueConstraint("name", name="uq_cases_name"),
        sa.UniqueConstraint("slug", name="uq_cases_slug"),
        **NEVER_REUSE_IDS,
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("b_value", sa.Double),
        sa.Column("calculated", sa.Boolean),
        sa.Column("time_index", sa.Integer),
        sa.Column("time_s", sa.Double),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_series_case_id_cases"),
        sa.UniqueConstraint("path", name="uq_series_path"),
        **NEVER_REUSE_IDS,
    )
    op.create_index("ix_series_case_id", "series", ["case_id"])
    op.create_table(
        "readers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readers"),
        sa.UniqueConstraint("name", name="uq_readers_name"),
        **NEVER_REUSE_IDS,
    )
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("reader_id", sa.Integer, nullable=False),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("form_version", sa.String, nullable=False),
        sa.Column("protocol", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("exam_score", sa.Integer),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("technical", sa.JSON, nullable=False),
        sa.Column("visual", sa.JSON, nullable=False),
        sa.Column("started", moment, nullable=False),
        sa.Column("finished", moment, nullable=False),
        sa.Column("active_s", sa.Double, nullable=False),
        sa.Column("software_version", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_readings_case_id_cases"),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.id"], name="fk_readings_reader_id_readers"),
        sa.ForeignKeyConstraint(["supersedes"], ["readings.id"], name="fk_readings_supersedes_readings"),
        sa.UniqueConstraint("supersedes", name="uq_readings_supersedes"),
        sa.CheckConstraint("protocol IN ('bpmri', 'mpmri')", name="ck_readings_protocol"),
        sa.CheckConstraint("active_s >= 0", name="ck_readings_active_s"),
        **NEVER_REUSE_IDS,
    )
    op.create_index("ix_readings_case_id", "readings", ["case_id"])
    op.create_index("ix_readings_reader_id", "readings", ["reader_id"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("results", sa.JSON, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("started", moment),
        sa.Column("finished", moment),
        sa.Column("error", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.CheckConstraint("status IN ('pending', 'running', 'done', 'failed', 'cancelled')", name="ck_runs_status"),
        **NEVER_REUSE_IDS,
    )
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("task", sa.String, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("reader_id", sa.Integer),
        sa.Column("run_id", sa.Integer),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.Column("created", moment, nullable=False),
        sa.Column("changes", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_annotations_case_id_cases"),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.id"], name="fk_annotations_reader_id_readers"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_annotations_run_id_runs"),
        sa.ForeignKeyConstraint(["supersedes"], ["annotations.id"], name="fk_annotations_supersedes_annotations"),
        sa.CheckConstraint("origin IN ('reader', 'model', 'imported')", name="ck_annotations_origin"),
        sa.CheckConstraint("status IN ('draft', 'accepted', 'corrected', 'rejected')", name="ck_annotations_status"),
        sa.CheckConstraint("origin <> 'reader' OR reader_id IS NOT NULL", name="ck_annotations_reader"),
        **NEVER_REUSE_IDS,
    )
    op.create_index("ix_annotations_case_id", "annotations", ["case_id"])
    op.create_index("ix_annotations_supersedes", "annotations", ["supersedes"])
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("card", sa.String, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("run_id", sa.Integer),
        sa.Column("task", sa.String),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_models_run_id_runs"),
        **NEVER_REUSE_IDS,
    )
    op.create_table(
        "splits",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("fractions", sa.JSON, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_splits"),
        sa.UniqueConstraint("name", name="uq_splits_name"),
        **NEVER_REUSE_IDS,
    )
    op.create_table(
        "split_members",
        sa.Column("split_id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("split_id", "case_id", name="pk_split_members"),
        sa.ForeignKeyConstraint(["split_id"], ["splits.id"], name="fk_split_members_split_id_splits"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_split_members_case_id_cases"),
        sa.CheckConstraint("part IN ('train', 'validate', 'test')", name="ck_split_members_part"),
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
    op.execute(
        "CREATE FUNCTION qualityfinetune_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
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
