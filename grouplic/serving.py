"""Serves the site. It imports little: the server that takes its place imports the rest."""

import os
import sys
from pathlib import Path

import typer

from grouplic.settings import settings

_LOG_AS_JSON = Path(__file__).parent / "http" / "log_as_json.json"


def serve() -> None:
    """Serve the site from the built frontend, on HOST and PORT, with WORKERS processes."""
    chosen = settings()
    if chosen.workers > 1 and not (chosen.redis_url and "postgresql" in chosen.database_url):
        raise typer.BadParameter("More than one worker needs REDIS_URL and PostgreSQL.")
    typer.echo(f"Serving {chosen.origin}. Ctrl-C ends it.")
    environment = {
        **os.environ,
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "1",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "1",
    }
    granian = Path(sys.executable).parent / "granian"
    arguments = [
        str(granian),
        *("--interface", "asgi", "--factory", "--no-access-log", "--log-level", "warning"),
        *(
            "--host",
            chosen.host.replace("localhost", "127.0.0.1"),
            "--port",
            str(chosen.port),
            "--workers",
            str(chosen.workers),
        ),
        # A worker that was killed is replaced; its claims in the database run out meanwhile.
        *("--respawn-failed-workers", "--respawn-interval", "1"),
        *(("--log-config", str(_LOG_AS_JSON)) if chosen.log_json else ()),
        "grouplic.grouplic:app",
    ]
    sys.stdout.flush()
    os.execve(granian, arguments, environment)  # noqa: S606  (our own server, no shell)
