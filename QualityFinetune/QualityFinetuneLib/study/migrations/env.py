"""What Alembic runs for each command: migrate on the connection and in the transaction of `study.schema`."""

from alembic import context

connection = context.config.attributes["connection"]
# SQLite can roll DDL back once the driver does not commit by itself, and `study.database` sees to that.
context.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
