"""The API over HTTP: who may call, one answer per idempotency key, errors in Stripe's envelope."""

import hashlib
import hmac
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import stripe
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grouplic.adapters.local_stripe import idempotency, sessions
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import ApiError, ParameterError, unauthorized
from grouplic.adapters.local_stripe.events import Cause, Change
from grouplic.adapters.local_stripe.faults import current_faults, faults_from, set_faults
from grouplic.adapters.local_stripe.forms import decode
from grouplic.adapters.local_stripe.idempotency import KeyedRequest
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.operation import Call, Operation
from grouplic.adapters.local_stripe.operations import OPERATIONS, answer
from grouplic.adapters.local_stripe.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """What an endpoint needs of a request."""

    path: str
    identifier: str
    encoded: str
    authorization: str
    key: str | None
    version: str
    request_id: str = field(default_factory=lambda: new_id("req_"))

    @property
    def fingerprint(self) -> str:
        """Stand for the parameters, to compare with those of another request."""
        return hashlib.sha256(self.encoded.encode()).hexdigest()


class Api:
    """Answers the API's requests from ``store``."""

    def __init__(self, config: LocalStripeConfig, store: Store) -> None:
        self._config = config
        self._store = store

    def routes(self) -> list[Route]:
        """Return a route for every operation, and those of the faults."""
        return [
            *(self._route(operation) for operation in OPERATIONS),
            Route("/control/faults", self._read_faults, methods=["GET"]),
            Route("/control/faults", self._write_faults, methods=["POST"]),
        ]

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            incoming = await _incoming(request)
            return await run_in_threadpool(self._respond, operation, incoming)

        return Route(operation.path, endpoint, methods=[operation.method])

    def _respond(self, operation: Operation, incoming: Incoming) -> Response:
        try:
            self._authorize(incoming.authorization)
            sessions.expire_overdue(self._store, self._config)
            if operation.method == "POST" and incoming.key:
                return self._once(operation, incoming, incoming.key)
            return _response(incoming, 200, self._run(operation, incoming, None))
        except ApiError as error:
            return _response(incoming, error.status, json.dumps(error.envelope()))
        except Exception:
            log.exception("The local payment page failed to answer %s", incoming.path)
            broken = ApiError("An unknown error occurred.", status=500, type="api_error")
            return _response(incoming, broken.status, json.dumps(broken.envelope()))

    def _once(self, operation: Operation, incoming: Incoming, key: str) -> Response:
        keyed = KeyedRequest(key, incoming.path, incoming.fingerprint, incoming.request_id)
        kept = idempotency.claim(self._store, keyed, self._config.timestamp())
        if kept is not None:
            return _response(incoming, kept.status, kept.body, replay_of=kept.request_id)
        try:
            return _response(incoming, 200, self._run(operation, incoming, keyed))
        except ParameterError:
            idempotency.release(self._store, keyed)
            raise
        except ApiError as error:
            with self._store.writing() as connection:
                body = json.dumps(error.envelope())
                idempotency.finish(connection, keyed, error.status, body)
            raise
        except BaseException:
            # All that it did is undone, so it may be tried again.
            idempotency.release(self._store, keyed)
            raise

    def _run(self, operation: Operation, incoming: Incoming, keyed: KeyedRequest | None) -> str:
        params = operation.parameters.read(decode(incoming.encoded))
        reads = operation.method == "GET"
        with self._store.reading() if reads else self._store.writing() as connection:
            cause = Cause(incoming.request_id, incoming.key)
            change = Change(connection, self._config, self._config.timestamp(), cause)
            body = json.dumps(answer(operation, Call(change, params, incoming.identifier)))
            if keyed is not None:
                idempotency.finish(connection, keyed, 200, body)
        return body

    def _authorize(self, header: str) -> None:
        scheme, _, key = header.partition(" ")
        matches = hmac.compare_digest(key.strip().encode(), self._config.api_key.encode())
        if scheme.lower() != "bearer" or not self._config.api_key or not matches:
            raise unauthorized(header)

    async def _read_faults(self, request: Request) -> Response:
        incoming = await _incoming(request)
        return await run_in_threadpool(self._faults, incoming, writes=False)

    async def _write_faults(self, request: Request) -> Response:
        incoming = await _incoming(request)
        return await run_in_threadpool(self._faults, incoming, writes=True)

    def _faults(self, incoming: Incoming, *, writes: bool) -> Response:
        try:
            self._authorize(incoming.authorization)
            if writes:
                faults = faults_from(_parsed(incoming.encoded))
                with self._store.writing() as connection:
                    set_faults(connection, faults)
            with self._store.reading() as connection:
                return _response(incoming, 200, json.dumps(vars(current_faults(connection))))
        except ApiError as error:
            return _response(incoming, error.status, json.dumps(error.envelope()))


async def _incoming(request: Request) -> Incoming:
    reads = request.method == "GET"
    body = request.url.query if reads else (await request.body()).decode("utf-8", "replace")
    return Incoming(
        path=f"/v1{request.url.path.partition('/v1')[2]}",
        identifier=request.path_params.get("id", ""),
        encoded=body,
        authorization=request.headers.get("authorization", ""),
        key=request.headers.get("idempotency-key"),
        version=request.headers.get("stripe-version", stripe.api_version or ""),
    )


def _response(incoming: Incoming, status: int, body: str, replay_of: str | None = None) -> Response:
    headers = {
        "Cache-Control": "no-cache, no-store",
        "Request-Id": incoming.request_id,
        "Stripe-Version": incoming.version,
    }
    if incoming.key:
        headers["Idempotency-Key"] = incoming.key
        headers["Original-Request"] = replay_of or incoming.request_id
    if replay_of:
        headers["Idempotent-Replayed"] = "true"
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Stripe"'
    return Response(body, status, headers, media_type="application/json")


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise ParameterError("The body is no JSON.") from None
