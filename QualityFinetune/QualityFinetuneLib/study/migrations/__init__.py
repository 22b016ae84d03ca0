"""Alembic migrations of the study database, run by `study.schema` without an ini file."""
