"""Form posts that set or clear the session cookie; an event handler, on a websocket, cannot."""

from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import Refusal, SignInNeeded
from grouplic.http.cookies import clear_session_cookie, set_session_cookie
from grouplic.http.posted import Posted, posted_by
from grouplic.services import joining_by_link, redeeming, signing_in, welcome
from grouplic.services.accounts import verify_email
from grouplic.services.actors import Actor, actor_of
from grouplic.services.erasing import delete_account
from grouplic.services.flash import COOKIE, SECONDS, Flash, sign_flash
from grouplic.services.outside import Outside
from grouplic.services.own_account import ask_for_email_change, confirm_email_change
from grouplic.services.sessions import end_session, end_sessions

_KEPT = ("email", "first_name", "last_name")
_TELL_NOTHING = ("sign-in", "forgot-password")  # not even by their time who has an account


Answer = Callable[[Outside, Posted], Response]


def account_routes(outside: Outside) -> list[Route]:
    """Return the routes under /auth."""
    forms: dict[str, tuple[Answer, str]] = {
        "sign-in": (_sign_in, "/sign-in"),
        "sign-up": (_sign_up, "/sign-up"),
        "sign-out": (_sign_out, "/"),
        "sign-out-everywhere": (_sign_out_everywhere, "/account"),
        "forgot-password": (_forgot_password, "/forgot-password"),
        "reset-password": (_reset_password, "/reset-password"),
        "change-password": (_change_password, "/account"),
        "verify-email": (_verify_email, "/verify-email"),
        "redeem": (_redeem, "/redeem"),
        "welcome": (_welcome, "/welcome"),
        "join": (_join, "/join/{token}"),
        "change-email": (_change_email, "/account"),
        "confirm-email": (_confirm_email, "/confirm-email"),
        "delete-account": (_delete_account, "/account"),
    }
    return [
        Route(f"/auth/{name}", _endpoint(outside, name, answer, page), methods=["POST"])
        for name, (answer, page) in forms.items()
    ]


def _endpoint(outside: Outside, form: str, answer: Answer, page: str):  # type: ignore[no-untyped-def]
    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=20) as values:
            posted = posted_by(request, values, outside)
            due = outside.even_answers.due()
            try:
                with outside.requests.entered():
                    response = await run_in_threadpool(answer, outside, posted)
                if form == "sign-in":
                    return response  # who is let in may know it at once
            except Refusal as refusal:
                response = _refused(outside, form, page, posted, refusal)
            if form in _TELL_NOTHING:
                # By then all is over that takes longer where there is an account.
                await outside.even_answers.wait(due)
            return response

    return endpoint


def _refused(outside: Outside, form: str, page: str, posted: Posted, refusal: Refusal) -> Response:
    kept = {name: posted.text(name)[:320] for name in _KEPT}
    named = {name: quote(posted.carried(name), safe="") for name in ("next", "key", "token")}
    in_path = "{token}" in page
    page = page.replace("{token}", named["token"])
    query = "&".join(
        f"{name}={value}"
        for name, value in named.items()
        if value and not (in_path and name == "token")
    )
    response = RedirectResponse(f"{page}?{query}" if query else page, 303)
    flash = Flash(form, refusal.message, refusal.field, kept)
    response.set_cookie(
        COOKIE,
        sign_flash(flash, outside.secret_key),
        max_age=SECONDS,
        secure=outside.secure_cookie,
        httponly=True,
        samesite="lax",
    )
    return response


def _signed_in(outside: Outside, form: Posted, cookie: str, path: str) -> Response:
    if form.cookie:
        # The browser forgets the session it had; nobody else should be able to use it.
        with outside.database.writing() as session:
            end_session(session, form.cookie, outside.clock())
    response = RedirectResponse(path, 303)
    seconds = int(outside.session_lifetime.total_seconds())
    set_session_cookie(response, outside.cookie_name, cookie, seconds, outside.secure_cookie)
    return response


def _signed_out(outside: Outside, path: str) -> Response:
    response = RedirectResponse(path, 303)
    clear_session_cookie(response, outside.cookie_name, outside.secure_cookie)
    return response


def _sign_in(outside: Outside, form: Posted) -> Response:
    cookie = signing_in.sign_in(
        outside.sign_in,
        form.text("email"),
        form.text("password"),
        form.browser,
        outside.clock(),
    )
    return _signed_in(outside, form, cookie, form.next)


def _sign_up(outside: Outside, form: Posted) -> Response:
    return _signed_in(outside, form, _new_account(outside, form), form.next)


def _redeem(outside: Outside, form: Posted) -> Response:
    # The key is looked at first: a dead one should not leave an account behind.
    redeeming.look_up(outside, form.carried("key"), None, form.browser.address)
    cookie = _new_account(outside, form)
    redeeming.redeem_as(outside, form.carried("key"), cookie, form.browser.address)
    return _signed_in(outside, form, cookie, "/my-learning?joined=1")


def _join(outside: Outside, form: Posted) -> Response:
    token, address = form.carried("token"), form.browser.address
    joining_by_link.check_address(outside, token, form.text("email"), address)
    page = f"/join/{quote(token, safe='')}"
    cookie = _new_account(outside, form, back=page)
    joined = joining_by_link.join_as(outside, token, cookie, address)
    return _signed_in(outside, form, cookie, "/my-learning?joined=1" if joined else page)


def _new_account(outside: Outside, form: Posted, back: str = "") -> str:
    return signing_in.sign_up(
        outside.sign_in,
        form.text("email"),
        form.text("first_name"),
        form.text("last_name"),
        form.text("password"),
        form.browser,
        outside.clock(),
        back,
    )


def _sign_out(outside: Outside, form: Posted) -> Response:
    with outside.database.writing() as session:
        end_session(session, form.cookie, outside.clock())
    return _signed_out(outside, "/")


def _sign_out_everywhere(outside: Outside, form: Posted) -> Response:
    actor = _actor(outside, form)
    with outside.database.writing() as session:
        end_sessions(session, actor.user_id, outside.clock())
    return _signed_out(outside, "/sign-in?signed_out=everywhere")


def _forgot_password(outside: Outside, form: Posted) -> Response:
    signing_in.ask_for_password_link(
        outside.sign_in, form.text("email"), outside.clock(), form.back
    )
    more = f"&next={quote(form.back, safe='')}" if form.back else ""
    return RedirectResponse(f"/forgot-password?sent=1{more}", 303)


def _reset_password(outside: Outside, form: Posted) -> Response:
    cookie = signing_in.reset_password(
        outside.sign_in,
        form.carried("token"),
        form.text("password"),
        form.browser,
        outside.clock(),
    )
    return _signed_in(outside, form, cookie, form.next)


def _change_password(outside: Outside, form: Posted) -> Response:
    cookie = signing_in.change_password(
        outside.sign_in,
        _actor(outside, form),
        form.text("current"),
        form.text("password"),
        form.browser,
        outside.clock(),
    )
    return _signed_in(outside, form, cookie, "/account?changed=1")


def _verify_email(outside: Outside, form: Posted) -> Response:
    with outside.database.writing() as session:
        actor = actor_of(session, form.cookie, outside.clock())
        verify_email(session, form.carried("token"), actor, outside.clock())
    return RedirectResponse(form.back or "/verify-email?done=1", 303)


def _change_email(outside: Outside, form: Posted) -> Response:
    actor, new = _actor(outside, form), form.text("email")
    ask_for_email_change(outside.sign_in, actor, new, form.text("current"), outside.clock())
    return RedirectResponse("/account?mailed=1", 303)


def _confirm_email(outside: Outside, form: Posted) -> Response:
    with outside.database.writing() as session:
        actor = actor_of(session, form.cookie, outside.clock())
        confirm_email_change(session, form.carried("token"), actor, outside.clock())
    return RedirectResponse("/account?moved=1", 303)


def _delete_account(outside: Outside, form: Posted) -> Response:
    actor, password = _actor(outside, form), form.text("current")
    delete_account(outside.sign_in, actor, password, outside.reclaim_rule, outside.clock())
    return _signed_out(outside, "/sign-in?erased=1")


def _welcome(outside: Outside, form: Posted) -> Response:
    with outside.database.writing() as session:
        path = welcome.first_page(session, form.carried("token"), outside.clock())
    cookie = signing_in.accept_invitation(
        outside.sign_in,
        form.carried("token"),
        (form.text("first_name"), form.text("last_name")),
        form.text("password"),
        form.browser,
        outside.clock(),
    )
    return _signed_in(outside, form, cookie, path)


def _actor(outside: Outside, form: Posted) -> Actor:
    with outside.database.reading() as session:
        actor = actor_of(session, form.cookie, outside.clock())
    if actor is None:
        raise SignInNeeded
    return actor
