"""A form as it was posted, with who sent it and where from."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request

from grouplic.domain.networks import network_of
from grouplic.services.outside import Outside
from grouplic.services.signing_in import Browser

_HOME = "/my-learning"


@dataclass(frozen=True)
class Posted:
    """A form, with who sent it and where from."""

    values: FormData
    browser: Browser
    cookie: str
    page: str

    def text(self, name: str) -> str:
        """Return a field as text; a file or a missing field is empty."""
        value = self.values.get(name, "")
        # PostgreSQL takes no null, and no keyboard types one.
        return value.replace("\x00", "") if isinstance(value, str) else ""

    def carried(self, name: str) -> str:
        """Return a field that the page copies from its own address.

        Whoever is quicker than the page's first answer sends it empty; then the address has it.
        """
        return self.text(name) or parse_qs(urlsplit(self.page).query).get(name, [""])[0]

    @property
    def next(self) -> str:
        """Where to go afterwards: a path of ours, never another site."""
        return local_path(self.carried("next"))

    @property
    def back(self) -> str:
        """The page to come back to by a mail, or an empty text for none."""
        return self.next if self.carried("next") else ""


def local_path(path: str) -> str:
    """Return ``path`` if it is one of ours, else the start page of a signed-in person."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\", "/auth"))
    printable = path.isprintable() and "\\" not in path
    return path if ours and printable else _HOME


def posted_by(request: Request, values: FormData, outside: Outside) -> Posted:
    """Return the form of this request."""
    return Posted(
        values,
        Browser(
            network_of(_network_address(request, outside)), request.headers.get("user-agent", "")
        ),
        request.cookies.get(outside.cookie_name, ""),
        request.headers.get("referer", ""),
    )


def _network_address(request: Request, outside: Outside) -> str:
    peer = request.client.host if request.client else ""
    if not outside.trusted_proxies:
        return peer
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")]
    # The last entries were written by our own proxies; what stands before is the client's word.
    return hops[-outside.trusted_proxies] if len(hops) >= outside.trusted_proxies else peer
