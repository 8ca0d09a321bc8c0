"""What a log line must not hold."""

import json
import logging
import re
import sys

import pytest
import socketio

from grouplic.http.redaction import (
    JsonFormatter,
    RedactingFormatter,
    Sparing,
    log_without_secrets,
    redact,
)


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


def written(message: str, *arguments: object) -> str:
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, message, arguments, None)
    return RedactingFormatter("%(message)s").format(record)


def test_a_clients_word_writes_no_line_of_its_own() -> None:
    assert written("Said %s", "x\r\n2026-01-01 ERROR forged \x1b[31m\u2028") == (
        "Said x\\r\\n2026-01-01 ERROR forged \\x1b[31m\\u2028"
    )


def test_a_line_and_a_traceback_have_an_end() -> None:
    try:
        raise ValueError("x" * 900_000)
    except ValueError:
        trace = RedactingFormatter().formatException(sys.exc_info())  # type: ignore[arg-type]
    assert len(written("%s", "x" * 900_000)) == 4_000
    assert len(trace) < 21_000
    assert trace.startswith("Traceback")


def test_the_same_line_again_and_again_is_counted_and_not_written() -> None:
    sparing = Sparing("3/hour")

    def one(line: int) -> logging.LogRecord:
        return logging.LogRecord("x", logging.WARNING, __file__, line, "again", None, None)

    assert [sparing.filter(one(1)) for _ in range(5)] == [True, True, True, False, False]
    assert sparing.filter(one(2)), "another line"


def test_what_was_left_out_is_said() -> None:
    sparing = Sparing("1/second")
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, "again", None, None)
    while sparing.filter(record) and "left out" not in record.msg:
        pass
    while not sparing.filter(record):
        pass
    assert re.search(r"again \(\d+ more like this were left out\)", record.msg)


def test_the_sockets_log_through_no_handler_of_their_own() -> None:
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)
    log_without_secrets()
    socketio.AsyncServer(async_mode="asgi")
    assert logging.getLogger("engineio.server").handlers == []
    assert logging.getLogger("socketio.server").handlers == []
