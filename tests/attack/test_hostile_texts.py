"""Texts that would run where they are shown: markup in mails, formulas in tables, header lines."""

import contextlib
import csv
import io
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

import openpyxl
import pytest

from grouplic.adapters.mail.rendering import render
from grouplic.domain.refusals import Refusal
from grouplic.services import (
    group_settings,
    inviting,
    key_ledger,
    leaders,
    outbox,
    own_account,
    receiving,
    reminders,
)
from grouplic.services.inviting import Invitee
from grouplic.services.outside import Outside
from grouplic.services.reminder_needs import Need
from grouplic.services.sheets import Reading
from grouplic.services.site_lists import SITE_LISTS
from tests.attack.stage import browser
from tests.attack.tenants import Tenants
from tests.conftest import NOW
from tests.outside import SITE

SCRIPT = '"><img src=x onerror=alert(1)>'
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    '=HYPERLINK("https://evil.example")',
    " =1+1",
]
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def fill(site: Outside, tenants: Tenants, text: str, now: datetime = NOW) -> UUID:
    """Write ``text`` wherever people write; return the id of the file that was uploaded."""
    group, alice = tenants.group_id, tenants.people["alice"].actor
    people = [Invitee("one@people.org", text[:90], text[:90])]
    with site.database.writing() as session:
        group_settings.rename_group(session, group, text, alice, now)
        own_account.change_name(session, alice, text.strip(), text.strip(), now)
        own_account.change_name(session, tenants.people["learner"].actor, text.strip(), "Lee", now)
        inviting.invite(session, group, people, alice, now, note=text)
        inviting.mail_keys(session, group, [Invitee("two@people.org", text[:90])], alice, now, text)
        leaders.invite_leader(
            session, group, Invitee("x@people.org", text[:90]), "reports", alice, now
        )
        key_ledger.hand_out(session, group, 1, alice, now, label=text.strip())
        reminders.remind(session, group, Need.NOT_STARTED, alice, now)
    data = io.StringIO()
    lines = [["email", "first_name", "last_name"], ["up@people.org", text, text], [text, text, "x"]]
    csv.writer(data).writerows(lines)
    return receiving.receive(site, group, data.getvalue().encode(), f"{text}.csv", Reading(), alice)


def letters(site: Outside, now: datetime = NOW) -> Iterator[EmailMessage]:
    """Yield every mail that is due, as the worker takes and renders it."""
    with site.database.writing() as session:
        while mail_id := outbox.claim(session, now, site.tokens):
            letter = outbox.letter(session, mail_id, site.tokens, SITE)
            if letter:
                yield render(letter, "Grouplic <site@learn.example>")


def test_markup_in_any_text_is_text_in_every_mail(site: Outside, tenants: Tenants) -> None:
    fill(site, tenants, SCRIPT)

    seen = 0
    for message in letters(site):
        html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
        assert "<img src=x" not in html
        seen += "&lt;img src=x" in html
    assert seen > 3


@pytest.mark.parametrize("line", ["x\r\nBcc: all@people.org", "x\nBcc: all@people.org", "x\u2028y"])
def test_a_line_in_a_name_is_no_header_of_a_mail(
    site: Outside, tenants: Tenants, line: str
) -> None:
    with contextlib.suppress(Refusal):  # whatever takes it is rendered below
        fill(site, tenants, line)
    alice = tenants.people["alice"].actor
    with site.database.writing() as session:
        person = Invitee("three@people.org", line, line)
        inviting.invite(session, tenants.group_id, [person], alice, NOW, note=line)
    for message in letters(site):
        raw = message.as_bytes().partition(b"\n\n")[0].lower()
        assert b"\nbcc:" not in raw
        assert set(message.keys()) <= _HEADERS, message.keys()


_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "List-Id", "Reply-To"),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_any_text_is_text_in_every_table(
    site: Outside, tenants: Tenants, formula: str
) -> None:
    upload = fill(site, tenants, formula)
    alice, olive = (browser(site, tenants.cookie(who)) for who in ("alice", "olive"))
    tables = [f"/keys/{tenants.group_id}/unused.csv", f"/reports/{tenants.group_id}/learners.csv"]
    tables.append(f"/uploads/{upload}/problems.csv")
    files = [alice.get(path) for path in tables]
    files += [olive.get(f"/operator-files/{name}.csv") for name in SITE_LISTS]

    marked = 0
    for answer in files:
        assert answer.status_code == 200, answer.url
        for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))):
            for cell in row:
                assert not cell.lstrip(" ").startswith(_STARTS), (answer.url, cell)
                marked += formula.strip() in cell
    assert marked > 3
    for path in (
        f"/keys/{tenants.group_id}/unused.xlsx",
        f"/reports/{tenants.group_id}/learners.xlsx",
    ):
        book = openpyxl.load_workbook(io.BytesIO(alice.get(path).content))
        cells = [cell for row in book.active.iter_rows() for cell in row]
        assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
