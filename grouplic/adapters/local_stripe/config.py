"""What the local payment page has to be told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class LocalStripeConfig:
    """Where its data is, who may call it, whom it tells and where browsers find it.

    ``page_base`` is the address of the mounted application as a browser sees it, with the prefix.
    ``now`` returns an aware time. An empty ``webhook_url`` means that nobody is told.
    """

    database_path: Path
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_url: str
    page_base: str
    now: Callable[[], datetime]

    @property
    def page_origin(self) -> str:
        """Scheme and host of the pages, as a browser sends it in Origin."""
        parts = urlsplit(self.page_base)
        return f"{parts.scheme}://{parts.netloc}"

    def page(self, path: str) -> str:
        """Return the browser's address of ``path``, which starts with a slash."""
        return self.page_base.rstrip("/") + path

    def timestamp(self) -> int:
        """Return the time now in whole seconds, as Stripe writes it."""
        return int(self.now().timestamp())
