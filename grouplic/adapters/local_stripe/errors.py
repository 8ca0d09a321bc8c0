"""Stripe's errors: one envelope, a type, a code and the parameter to blame.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

from typing import Any


class ApiError(Exception):
    """A request that Stripe would refuse, with the HTTP status of the answer."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self._body = {"code": code, "message": message, "param": param, "type": type}

    def envelope(self) -> dict[str, Any]:
        """Return the body of the answer."""
        error = {key: value for key, value in self._body.items() if value is not None}
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error}


class ParameterError(ApiError):
    """Parameters that fail validation. Stripe keeps no idempotent result for these."""


def no_such(kind: str, identifier: str, *, status: int = 404, param: str = "id") -> ApiError:
    """Return the error for an object that is not there: 404 in a path, 400 in a parameter."""
    return ApiError(
        f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param
    )


def unauthorized(header: str) -> ApiError:
    """Return the error for a missing or a wrong key; the message shows the key's end only."""
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY')."
        )
    else:
        message = f"Invalid API Key provided: {'*' * 8}{key[-4:] if len(key) > 12 else ''}"
    return ApiError(message, status=401)


def unrecognized(method: str, path: str) -> ApiError:
    """Return the error for an address that is no part of the API."""
    return ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)
