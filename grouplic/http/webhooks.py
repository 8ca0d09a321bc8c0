"""The payment provider's webhook."""

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from grouplic.services.outside import Outside
from grouplic.services.payment_events import receive_event

log = logging.getLogger(__name__)

_LARGEST = 500_000  # bytes; Stripe's events are a few thousand


def webhook_routes(outside: Outside) -> list[Route]:
    """Return the route that Stripe posts its events to."""

    async def receive(request: Request) -> Response:
        payload = await _body(request)
        if payload is None:
            return PlainTextResponse("Too large", 413)
        return await run_in_threadpool(
            _answer, outside, payload, request.headers.get("stripe-signature", "")
        )

    return [Route("/webhooks/stripe", receive, methods=["POST"])]


async def _body(request: Request) -> bytes | None:
    payload = bytearray()
    async for chunk in request.stream():
        payload += chunk
        if len(payload) > _LARGEST:
            return None
    return bytes(payload)


def _answer(outside: Outside, payload: bytes, signature: str) -> Response:
    event = outside.verify_event(payload, signature, outside.clock())
    if event is None:
        return PlainTextResponse("Not signed by the payment provider", 400)
    try:
        receive_event(outside.database, outside.payments, event, outside.clock())
    except Exception:
        # The event is kept; an answer of 500 makes the provider send it again.
        log.exception("Event %s could not be handled yet", event.id)
        return PlainTextResponse("Try again later", 500)
    return PlainTextResponse("Received")
