"""Alembic migrations of the study database, run by `study.schema` without an ini file.

A released migration is never edited and shares no code with another, though their triggers read alike: what it made
in a study of years ago must be what it makes today.
"""
