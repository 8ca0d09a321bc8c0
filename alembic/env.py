"""Alembic's environment: the address from the settings, types compared, tables altered in batch."""

from sqlalchemy import text

from alembic import context
from grouplic.adapters.database import make_engine
from grouplic.domain.orm_tables import metadata
from grouplic.settings import settings


def migrate() -> None:
    """Run the migrations on the database whose address is handed in, or is in the settings."""
    url = context.config.attributes.get("url") or settings().database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _rest_foreign_keys(connection)
        if connection.dialect.name == "postgresql":
            # Several hosts may start at once: one migrates, the others wait and find it done.
            connection.execute(text("SELECT pg_advisory_xact_lock(7262)"))
        _run(connection)
        if connection.dialect.name == "sqlite":
            _check_foreign_keys(connection)
        connection.commit()
    engine.dispose()


def _rest_foreign_keys(connection) -> None:
    """Let a table be made anew, which SQLite's ALTER TABLE needs, while others refer to it.

    https://sqlite.org/lang_altertable.html#otheralter; within a transaction it would do nothing.
    """
    connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")


def _check_foreign_keys(connection) -> None:
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise RuntimeError(f"The migration would leave rows that refer to nothing: {broken[:5]}")


def _run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate()
