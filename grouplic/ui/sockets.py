"""Connections whose other end has vanished: the page takes its tab over as it comes back."""

from typing import Any
from urllib.parse import parse_qs

from reflex.app import App, EventNamespace

from grouplic.ui.returning import is_opened


class Connections(EventNamespace):
    """The framework's connections, where a page that is back finds the tab it has left.

    Who changes the network or shuts the lid leaves a connection that the server believes in for
    two minutes more. The framework takes whoever comes meanwhile for a copy of the tab, and gives
    them an empty one.
    """

    async def on_connect(self, sid: str, environ: dict, auth: Any = None) -> None:  # type: ignore[type-arg]
        """Let go of the connection that this page has lost, and connect."""
        event = auth.get("event") if isinstance(auth, dict) else None
        token = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
        lost = self.token_to_sid.get(token)
        # A copy of a tab is opened; only what was open before comes back.
        if lost and isinstance(event, dict) and not is_opened(event.get("payload")):
            await self._token_manager.disconnect_token(token, lost)
            await self.disconnect(lost)
        await super().on_connect(sid, environ, auth)


def take_over_lost_tabs(app: App) -> None:
    """Serve the app's pages by ``Connections``."""
    assert app.sio is not None  # noqa: S101  (the framework has made both)
    assert app.event_namespace is not None  # noqa: S101
    connections = Connections(app.event_namespace.namespace, app)
    app.sio.register_namespace(connections)
    app._event_namespace = connections
