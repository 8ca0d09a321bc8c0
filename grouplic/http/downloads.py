"""What every download has in common: who asks, and a refusal as a plain answer."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from grouplic.domain.refusals import NotFound, PasswordChangeNeeded, Refusal, SignInNeeded
from grouplic.services.actors import Actor, actor_of
from grouplic.services.outside import Outside


def who_asks(outside: Outside, request: Request) -> Actor:
    """Return the signed-in person; refuses nobody, and who must change the password first."""
    cookie = request.cookies.get(outside.cookie_name, "")
    with outside.database.reading() as session:
        actor = actor_of(session, cookie, outside.clock())
    if actor is None:
        raise SignInNeeded
    if actor.must_change_password:
        raise PasswordChangeNeeded
    return actor


def refused(refusal: Refusal) -> Response:
    """Return the refusal's sentence under the status that fits."""
    status = {NotFound: 404, SignInNeeded: 401, PasswordChangeNeeded: 403}.get(type(refusal), 422)
    return PlainTextResponse(refusal.message, status)
