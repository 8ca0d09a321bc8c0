"""Unsubscribing by one click, as RFC 8058 has it: a POST without a cookie to the signed address."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import Refusal
from grouplic.services.outside import Outside
from grouplic.services.unsubscribing import read_link, subscribe_again, unsubscribe

_PARTS = ("kind", "group", "user", "token")


def unsubscribe_routes(outside: Outside) -> list[Route]:
    """Return the route that mails name. Opening it changes nothing, since scanners open links."""

    async def show(request: Request) -> Response:
        query = urlencode({part: request.path_params[part] for part in _PARTS})
        return RedirectResponse(f"/unsubscribe?{query}", 303)

    async def end(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=4) as form:
            clicked, again = "List-Unsubscribe" in form, "again" in form
        return await run_in_threadpool(_end, outside, request.path_params, clicked, again)

    path = "/unsubscribe/{kind}/{group}/{user}/{token}"
    return [Route(path, show, methods=["GET"]), Route(path, end, methods=["POST"])]


def _end(outside: Outside, sent: dict[str, str], clicked: bool, again: bool) -> Response:
    kind, group, user, token = (sent[part] for part in _PARTS)
    try:
        link = read_link(kind, group, user, token, outside.tokens)
    except Refusal as refusal:
        return PlainTextResponse(refusal.message, 404)
    with outside.database.writing() as session:
        if again:
            subscribe_again(session, link, outside.clock())
        else:
            unsubscribe(session, link, outside.clock())
    if clicked:
        # A mail program does not follow redirects.
        return PlainTextResponse("You get no more mails like this.")
    return RedirectResponse(f"/unsubscribe?{urlencode(sent)}", 303)
