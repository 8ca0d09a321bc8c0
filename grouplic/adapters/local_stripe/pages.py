"""The hosted payment page, the list of payments and the receipt: plain HTML without scripts."""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from grouplic.adapters.local_stripe import invoices, objects, promotions, refunds, sessions
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import ApiError
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.objects import Body
from grouplic.adapters.local_stripe.store import Store
from grouplic.domain.currencies import decimals

Form = dict[str, str]

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
            Route("/invoices/{id}", self._form(self._show_invoice), methods=["GET"]),
            Route("/invoices/{id}", self._form(self._act_on_invoice), methods=["POST"]),
            Route("/receipts/{id}", self._form(self._receipt), methods=["GET"]),
            Route("/page.css", _stylesheet, methods=["GET"]),
        ]

    def not_found(self) -> Response:
        """Return the page for what is not there."""
        return self._page("message.html", 404, title="Not found", text="There is no such page.")

    def _form(self, answer: Callable[[str, Form], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            sent: Form = {}
            if request.method == "POST":
                if not self._is_same_site(request):
                    return self._page(
                        "message.html", 403, title="Refused", text="Use the buttons of the page."
                    )
                sent = {name: str(value) for name, value in (await request.form()).items()}
            return await run_in_threadpool(
                self._answer, answer, request.path_params.get("id", ""), sent
            )

        return endpoint

    def _answer(
        self, answer: Callable[[str, Form], Response], identifier: str, sent: Form
    ) -> Response:
        sessions.expire_overdue(self._store, self._config)
        try:
            return answer(identifier, sent)
        except ApiError:
            return self.not_found()

    def _show(self, session_id: str, _: Form) -> Response:
        with self._store.reading() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            lines, _more = objects.lines_of(connection, session_id, objects.Page(_MOST_LINES))
        return self._payment_page(session, lines)

    def _act(self, session_id: str, sent: Form) -> Response:
        action, error = sent.get("action", ""), ""
        with self._store.writing() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            if action == "close" and session["cancel_url"]:
                return _redirect(session["cancel_url"])
            change = Change(connection, self._config, self._config.timestamp())
            if session["status"] == "open":
                error = _attempt(change, session, sent)
            if session["status"] == "complete":
                # Also for a second click: what was done once is not done again.
                return _redirect(success_url(session))
            lines, _ = objects.lines_of(connection, session_id, objects.Page(_MOST_LINES))
        return self._payment_page(session, lines, error if session["status"] == "open" else "")

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

    def _list(self, _: str, __: Form) -> Response:
        wanted = objects.Filter()
        wanted.add("kind IN ('checkout.session', 'invoice')")
        with self._store.reading() as connection:
            page = objects.Page(_ON_THE_LIST)
            found, _more = objects.newest(connection, "objects", wanted, page)
            change = Change(connection, self._config, self._config.timestamp())
            rows = [_row(change, each) for each in found if each["object"] == "checkout.session"]
            bills = [each for each in found if each["object"] == "invoice"]
        return self._page("payments.html", 200, rows=rows, bills=bills)

    def _settle(self, session_id: str, sent: Form) -> Response:
        action = sent.get("action", "")
        with self._store.writing() as connection:
            session = objects.load(connection, "checkout.session", session_id)
            change = Change(connection, self._config, self._config.timestamp())
            if action in ("succeed", "fail"):
                sessions.settle(change, session, succeeds=action == "succeed")
            elif charge := refunds.charge_of(change, session["payment_intent"]):
                _after_sale(change, charge, sent)
        return _redirect(self._config.page("/payments"))

    def _show_invoice(self, invoice_id: str, _: Form) -> Response:
        with self._store.reading() as connection:
            invoice = objects.load(connection, "invoice", invoice_id)
            lines, _more = objects.lines_of(
                connection, invoice_id, objects.Page(_MOST_LINES), "line_item"
            )
        return self._page("invoice.html", 200, invoice=invoice, lines=lines)

    def _act_on_invoice(self, invoice_id: str, sent: Form) -> Response:
        action = sent.get("action", "")
        with self._store.writing() as connection:
            invoice = objects.load(connection, "invoice", invoice_id)
            change = Change(connection, self._config, self._config.timestamp())
            if action == "pay" and invoice["status"] in ("open", "uncollectible"):
                invoices.pay(change, invoice)
            elif action in ("void", "uncollectible") and invoice["status"] == "open":
                invoices.end(change, invoice, action)
        return _redirect(self._config.page(f"/invoices/{invoice_id}"))

    def _receipt(self, charge_id: str, _: Form) -> Response:
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
    exact = Decimal(amount).scaleb(-decimals(currency))
    return format_currency(exact, currency.upper(), locale="en_US")


def success_url(session: Body) -> str:
    """Return where a buyer goes who is done."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _attempt(change: Change, session: Body, sent: Form) -> str:
    """Do what the buyer wants of an open session; return what went wrong."""
    verbs = {"pay": sessions.pay, "decline": sessions.decline, "later": sessions.pay_later}
    action = sent.get("action", "")
    if session["expires_at"] <= change.now:
        sessions.expire(change, session)
    elif action == "apply":
        found = promotions.apply_code(change, session, sent.get("code", ""))
        return "" if found else "This code is not valid."
    elif verb := verbs.get(action):
        verb(change, session)
    return sessions.CARD_DECLINED if action == "decline" else ""


def _after_sale(change: Change, charge: Body, sent: Form) -> None:
    action, amount = sent.get("action", ""), sent.get("amount", "").strip()
    opened = refunds.of_charge(change, "dispute", charge)
    if action == "refund":
        part = {"amount": int(amount)} if amount.isdecimal() else {}
        with contextlib.suppress(ApiError):  # there is no more to give back
            refunds.create(change, {"charge": charge["id"], **part})
    elif action == "dispute" and not opened:
        refunds.dispute(change, charge)
    elif action in ("won", "lost") and opened:
        refunds.close_dispute(change, opened[0], action)


def _row(change: Change, session: Body) -> Body:
    charge = refunds.charge_of(change, session["payment_intent"])
    return {
        "session": session,
        "processing": sessions.is_processing(change, session),
        "charge": charge,
        "disputes": refunds.of_charge(change, "dispute", charge) if charge else [],
    }


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
