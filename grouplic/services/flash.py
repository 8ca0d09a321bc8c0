"""A refused form's message, carried to the page it came from in a short-lived signed cookie."""

import dataclasses
from dataclasses import asdict, dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "grouplic_flash"
SECONDS = 30


@dataclass(frozen=True)
class Flash:
    """What a refused form shows: the sentence, its field, and what was typed but for passwords."""

    form: str
    message: str
    field: str = ""
    values: dict[str, str] = dataclasses.field(default_factory=dict)


def sign_flash(flash: Flash, secret: str) -> str:
    """Return the cookie's value."""
    return _signer(secret).dumps(asdict(flash))


def read_flash(cookie: str, form: str, secret: str) -> Flash | None:
    """Return the message for this form, if one was just set."""
    try:
        flash = Flash(**_signer(secret).loads(cookie, max_age=SECONDS))
    except (BadSignature, TypeError):
        return None
    return flash if flash.form == form else None


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="flash")
