"""The sub-application: the API and the pages on one store."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grouplic.adapters.local_stripe.api import Api
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import unrecognized
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.pages import Pages
from grouplic.adapters.local_stripe.store import Store


def local_stripe(config: LocalStripeConfig) -> Starlette:
    """Return the application to mount under the path of ``config.page_base``.

    Never in production: whoever reaches its pages can pay every order.
    """
    store = Store(config.database_path)
    pages = Pages(config, store)

    async def not_found(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and "/v1/" in request.url.path:
            return _unrecognized(request)
        return pages.not_found()

    handlers: dict[Any, Any] = {404: not_found, 405: not_found}
    return Starlette(
        routes=[*Api(config, store).routes(), *pages.routes()], exception_handlers=handlers
    )


def _unrecognized(request: Request) -> Response:
    path = f"/v1/{request.url.path.partition('/v1/')[2]}"
    error = unrecognized(request.method, path)
    return JSONResponse(error.envelope(), error.status, {"Request-Id": new_id("req_")})
