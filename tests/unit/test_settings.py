"""Production refuses to start unsafely, and names what is wrong."""

import pytest
from pydantic import ValidationError

from grouplic.settings import Settings

SAFE = {
    "environment": "production",
    "secret_key": "a-long-random-secret-of-more-than-32-characters",
    "public_url": "https://learn.example",
    "stripe_key": "sk_live_x",
    "stripe_webhook_secret": "whsec_x",
    "smtp_host": "smtp.example",
}


def test_a_safe_production_starts() -> None:
    assert Settings(**SAFE, _env_file=None).cookie_name == "__Host-grouplic"


@pytest.mark.parametrize(
    ("unsafe", "named"),
    [
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"public_url": "http://learn.example"}, "PUBLIC_URL"),
        ({"public_url": "https://*"}, "wildcard"),
        ({"stripe_key": ""}, "local payment page"),
        ({"stripe_webhook_secret": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"smtp_host": ""}, "SMTP_HOST"),
    ],
)
def test_an_unsafe_production_does_not(unsafe: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(**{**SAFE, **unsafe}, _env_file=None)
