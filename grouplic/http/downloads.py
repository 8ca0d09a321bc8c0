"""What every download has in common: who asks, and a refusal as a plain answer."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from grouplic.domain.refusals import NotFound, PasswordChangeNeeded, Refusal, SignInNeeded
from grouplic.services.access import AccessEnded
from grouplic.services.actors import Actor, actor_of
from grouplic.services.outside import Outside

Result = TypeVar("Result")

_STATUS = {NotFound: 404, SignInNeeded: 401, PasswordChangeNeeded: 403, AccessEnded: 403}
# Each takes a core for seconds and tens of megabytes; a person beyond these waits, and holds
# neither a thread nor a file meanwhile.
DRAWINGS_AT_ONCE = 2
_drawings = CapacityLimiter(DRAWINGS_AT_ONCE)


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


async def draw(work: Callable[..., Result], *arguments: object) -> Result:
    """Make a PDF or a workbook in a thread, when fewer than ``DRAWINGS_AT_ONCE`` are being made."""
    return await to_thread.run_sync(partial(work, *arguments), limiter=_drawings)


def made(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Return the same chunks, the first of them already there: a workbook is whole by then."""
    rest = iter(chunks)
    return chain([next(rest)], rest)


def refused(refusal: Refusal) -> Response:
    """Return the refusal's sentence under the status that fits."""
    fitting = (status for kind, status in _STATUS.items() if isinstance(refusal, kind))
    return PlainTextResponse(refusal.message, next(fitting, 422))
