"""The hosted payment page, the list of payments and the receipt: plain HTML without scripts."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency, get_currency_precision
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from grouplic.adapters.local_stripe import objects, sessions
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import ApiError
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.objects import Body
from grouplic.adapters.local_stripe.store import Store

_TEMPLATES = Path(__file__).parent / "templates"
_ON_THE_LIST = 50
_MOST_LINES = 100


class Pages:
    """Shows the pages and takes their forms."""

    def __init__(self, config: LocalStripeConfig, store: Store) -> None:
        self._config = config
        self._store = store
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["money"] = money

    def routes(self) -> list[Route]:
        """Return the routes of the pages, their forms and their stylesheet."""
        return [
            Route("/pay/{id}", self._form(self._show), methods=["GET"]),
            Route("/pay/{id}", self._form(self._act), methods=["POST"]),
            Route("/payments", self._form(self._list), methods=["GET"]),
            Route("/payments/{id}", self._form(self._settle), methods=["POST"]),
            Route("/receipts/{id}", self._form(self._receipt), methods=["GET"]),
            Route("/page.css", _stylesheet, methods=["GET"]),
        ]

    def not_found(self) -> Response:
        """Return the page for what is not there."""
        return self._page("message.html", 404, title="Not found", text="There is no such page.")

    def _form(self, answer: Callable[[str, str], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            action = ""
            if request.method == "POST":
                if not self._is_same_site(request):
                    return self._page(
                        "message.html", 403, title="Refused", text="Use the buttons of the page."
                    )
                action = str((await request.form()).get("action", ""))
            return await run_in_threadpool(
                self._answer, answer, request.path_params.get("id", ""), action
            )

        return endpoint

    def _answer(
        self, answer: Callable[[str, str], Response], identifier: str, action: str
    ) -> Response:
        sessions.expire_overdue(self._store, self._config)
        try:
            return answer(identifier, action)
        except ApiError:
            return self.not_found()

    def _show(self, session_id: str, _: str) -> Response:
        with self._store.reading() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            lines, _more = objects.lines_of(connection, session_id, objects.Page(_MOST_LINES))
        return self._payment_page(session, lines)

    def _act(self, session_id: str, action: str) -> Response:
        with self._store.writing() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            if action == "close" and session["cancel_url"]:
                return _redirect(session["cancel_url"])
            change = Change(connection, self._config, self._config.timestamp())
            if session["status"] == "open":
                _attempt(change, session, action)
            if session["status"] == "complete":
                # Also for a second click: what was done once is not done again.
                return _redirect(success_url(session))
            lines, _ = objects.lines_of(connection, session_id, objects.Page(_MOST_LINES))
        declined = session["status"] == "open" and action == "decline"
        return self._payment_page(session, lines, sessions.CARD_DECLINED if declined else "")

    def _payment_page(self, session: Body, lines: list[Body], error: str = "") -> Response:
        return self._page(
            "pay.html",
            200,
            leads_to=(session["success_url"], session["cancel_url"]),
            session=session,
            lines=lines,
            error=error,
            success_url=success_url(session),
        )

    def _list(self, _: str, __: str) -> Response:
        wanted = objects.Filter()
        wanted.add("kind = 'checkout.session'")
        with self._store.reading() as connection:
            page = objects.Page(_ON_THE_LIST)
            found, _more = objects.newest(connection, "objects", wanted, page)
            change = Change(connection, self._config, self._config.timestamp())
            rows = [(session, sessions.is_processing(change, session)) for session in found]
        return self._page("payments.html", 200, rows=rows)

    def _settle(self, session_id: str, action: str) -> Response:
        with self._store.writing() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            change = Change(connection, self._config, self._config.timestamp())
            if action in ("succeed", "fail"):
                sessions.settle(change, session, succeeds=action == "succeed")
        return _redirect(self._config.page("/payments"))

    def _receipt(self, charge_id: str, _: str) -> Response:
        with self._store.reading() as connection:
            charge = objects.load(connection, "charge", charge_id)
        if not charge["paid"]:
            return self.not_found()
        return self._page("receipt.html", 200, charge=charge)

    def _page(
        self, name: str, status: int, leads_to: tuple[str | None, ...] = (), **values: Any
    ) -> Response:
        html = self._templates.get_template(name).render(base=self._config.page, **values)
        return HTMLResponse(html, status, _headers(leads_to))

    def _is_same_site(self, request: Request) -> bool:
        # Browsers send one of the two with every form; a program without a browser sends neither.
        if site := request.headers.get("sec-fetch-site"):
            return site == "same-origin"
        origin = request.headers.get("origin")
        return origin is None or origin == self._config.page_origin


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people write it."""
    places = get_currency_precision(currency.upper())
    return format_currency(Decimal(amount).scaleb(-places), currency.upper(), locale="en_US")


def success_url(session: Body) -> str:
    """Return where a buyer goes who is done."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _attempt(change: Change, session: Body, action: str) -> None:
    verbs = {"pay": sessions.pay, "decline": sessions.decline, "later": sessions.pay_later}
    if session["expires_at"] <= change.now:
        sessions.expire(change, session)
    elif verb := verbs.get(action):
        verb(change, session)


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


def _headers(leads_to: tuple[str | None, ...]) -> dict[str, str]:
    # Browsers hold form-action against the redirect after a form as well.
    origins = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in leads_to if url}
    targets = " ".join(["'self'", *sorted(origins)])
    targets = " ".join(["'self'", *sorted(origins)])
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
        ),
        # With no-referrer, browsers would send "null" as the origin of the forms.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


async def _stylesheet(_: Request) -> Response:
    css = (_TEMPLATES / "page.css").read_text("utf-8")
    return Response(css, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})
