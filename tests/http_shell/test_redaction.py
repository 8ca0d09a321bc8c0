"""What a log line must not hold."""

import json
import logging
import sys

import pytest

from grouplic.http.redaction import JsonFormatter, RedactingFormatter, redact


@pytest.mark.parametrize(
    "text",
    [
        "{'cookie': 'grouplic=SECRET; a=b', 'host': 'site'}",
        '{"Cookie": "a=\\"q\\"; grouplic=SECRET"}',
        "(b'cookie', b'grouplic=SECRET')",
        "HeaderData(host='site', cookie='grouplic=SECRET', origin='x')",
        "Event(token='SECRET', name='x')",
        "{'pathname': '/reset-password?next=%2F&token=SECRET'}",
        "GET /redeem?key=SECRET HTTP/1.1",
        "GET /join/SECRET-x_1 HTTP/1.1",
        "/sign-in?next=%2Fjoin%2FSECRET",
        "/sign-in?next=%2Fredeem%3Fkey%3DSECRET-2345",
        "Cookie: grouplic=SECRET; other=SECRET",
        "{'password': \"it's SECRET\"}",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "SECRET" in text
    assert "SECRET" not in redact(text)


def test_the_rest_stays_readable() -> None:
    assert redact("{'host': 'site', 'cookie': 'x'}") == "{'host': 'site', 'cookie': '[hidden]'}"


def test_a_traceback_is_redacted_too() -> None:
    try:
        raise KeyError("no handler: Event(token='SECRET', headers={'cookie': 'SECRET'})")
    except KeyError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("reflex", logging.ERROR, "", 0, "Failed", None, info)

    line = RedactingFormatter("%(message)s").format(record)

    assert "KeyError" in line
    assert "SECRET" not in line


def test_as_json_a_record_is_one_line_with_its_traceback_and_without_secrets() -> None:
    try:
        raise ValueError("token='SECRET'")
    except ValueError:
        problem = sys.exc_info()
    record = logging.LogRecord(
        "site", logging.ERROR, __file__, 1, "Bug at /redeem?key=%s", ("SECRET",), problem
    )
    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "SECRET" not in line
    entry = json.loads(line)
    assert (entry["level"], entry["logger"]) == ("error", "site")
    assert entry["message"].startswith("Bug at /redeem?key=")
    assert "ValueError" in entry["exception"]
