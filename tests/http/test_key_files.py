"""Unused keys as files: what is in them, what they are called, and who gets them."""

import io
from datetime import datetime
from urllib.parse import unquote

import openpyxl
import pypdfium2
import pytest
import zxingcpp
from fpdf import FPDF
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.people import User
from grouplic.http.cookies import HashedSessionCookie
from grouplic.http.keys import key_routes
from grouplic.services import join_link_terms, joining, key_ledger, sessions
from grouplic.services.actors import Actor
from grouplic.services.join_link_terms import Terms
from tests.cast import Cast, invite_the_cast
from tests.outside import SITE, outside_of

KINDS = ("csv", "xlsx", "pdf", "txt")


def browser_of(database: Database, actor: Actor | None, now: datetime) -> TestClient:
    outside = outside_of(database, now)
    app = HashedSessionCookie(Starlette(routes=key_routes(outside)), "grouplic")
    client = TestClient(app, base_url=SITE)
    if actor:
        with database.writing() as session:
            user = session.get_one(User, actor.user_id)
            cookie = sessions.open_session(session, user, "test", outside.session_lifetime, now)
        client.cookies.set("grouplic", cookie)
    return client


def hand_out(
    session: Session, cast: Cast, now: datetime, quantity: int, label: str = ""
) -> list[str]:
    handed = key_ledger.hand_out(session, cast.group_id, quantity, cast.alice, now, label)
    return [key.text for key in handed]


def scanned(picture: bytes) -> list[str]:
    """Draw a picture on paper, and return what its QR codes say."""
    paper = FPDF()
    paper.add_page()
    paper.image(io.BytesIO(picture), w=40)  # mm, a card that is held up to a camera
    return cards_of(bytes(paper.output()))[1]


def cards_of(data: bytes) -> tuple[str, list[str], tuple[float, float]]:
    """The text of every page, what every QR code says, and the size of the first page."""
    document = pypdfium2.PdfDocument(data)
    texts = [page.get_textpage().get_text_range() for page in document]
    codes = [
        code.text
        for page in document
        for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    ]
    return "\n".join(texts), codes, document[0].get_size()


def test_a_csv_has_the_unused_keys_and_formulas_are_data(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        used, left = hand_out(session, cast, now, 2, '=HYPERLINK("x")')
        joining.redeem(session, used, cast.bob, now)
    answer = browser_of(database, cast.alice, now).get(f"/keys/{cast.group_id}/unused.csv")

    assert answer.content.decode("utf-8-sig").splitlines() == [
        "seat,key,label,handed out,address",
        f'2,{left},"\'=HYPERLINK(""x"")",2026-11-24,{SITE}/redeem?key={left}',
    ]
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="Northlab-autumn-intake-keys-2026-11-24.csv"'
    )


def test_a_workbook_has_the_same_as_text_and_no_formula(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        (key,) = hand_out(session, cast, now, 1, "=1+1")
    answer = browser_of(database, cast.alice, now).get(f"/keys/{cast.group_id}/unused.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    assert sheet is not None
    rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
    assert len(rows) == 2
    assert rows[1][0] == (1, "n")
    assert rows[1][1:3] == [(key, "s"), ("=1+1", "s")]
    assert rows[1][4] == (f"{SITE}/redeem?key={key}", "s")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_cards_carry_the_key_and_a_code_that_can_be_scanned(
    database: Database, now: datetime, paper: str, size: tuple[int, int]
) -> None:
    cast = invite_the_cast(database, now, seats=12)
    with database.writing() as session:
        keys = hand_out(session, cast, now, 12, "Section B")
    path = f"/keys/{cast.group_id}/unused.pdf?paper={paper}"
    text, codes, pages = cards_of(browser_of(database, cast.alice, now).get(path).content)

    assert tuple(round(side) for side in pages) == size
    assert sorted(codes) == sorted(f"{SITE}/redeem?key={key}" for key in keys)
    for words in (*keys, "Northlab autumn intake", "Writing", "learn.example/redeem", "Section B"):
        assert words in text


def test_names_in_other_scripts_are_printed_as_they_are(
    database: Database, cast: Cast, now: datetime
) -> None:
    name = "Łódź Привет 東京 ελιά"
    with database.writing() as session:
        session.get_one(Group, cast.group_id).name = name
        hand_out(session, cast, now, 1, "Секция 東")
    answer = browser_of(database, cast.alice, now).get(f"/keys/{cast.group_id}/unused.pdf")

    text, codes, _ = cards_of(answer.content)
    assert name in text
    assert "Секция 東" in text
    assert len(codes) == 1
    assert "Łódź-Привет-東京-ελιά-keys" in unquote(answer.headers["content-disposition"])


def test_a_file_can_hold_one_batch_or_what_a_filter_finds(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        (first,) = hand_out(session, cast, now, 1, "Section A")
        (second,) = hand_out(session, cast, now, 1, "Section B")
        batches, _ = key_ledger.batches(session, cast.group_id, 1, cast.alice)
    oldest = batches[-1].id
    alice, base = browser_of(database, cast.alice, now), f"/keys/{cast.group_id}/unused.txt"

    assert alice.get(base).text.split() == [first, second]
    assert alice.get(f"{base}?batch={oldest}").text.split() == [first]
    assert alice.get(f"{base}?label=Section+B").text.split() == [second]
    assert alice.get(f"{base}?search={second[2:12]}").text.split() == [second]


def test_a_key_of_an_open_seat_is_in_no_file(database: Database, cast: Cast, now: datetime) -> None:
    alice = browser_of(database, cast.alice, now)
    assert alice.get(f"/keys/{cast.group_id}/unused.txt").text == ""
    answer = alice.get(f"/keys/{cast.group_id}/unused.pdf")
    assert (answer.status_code, answer.text[:26]) == (422, "There is no unused key to ")


@pytest.mark.parametrize("kind", KINDS)
def test_an_outsider_is_told_that_there_is_no_such_group(
    database: Database, cast: Cast, now: datetime, kind: str
) -> None:
    path = f"/keys/{cast.group_id}/unused.{kind}"
    for name in ("bob", "charlie", "olive"):
        assert browser_of(database, getattr(cast, name), now).get(path).status_code == 404
    assert browser_of(database, None, now).get(path).status_code == 401


def test_a_file_of_no_such_kind_or_batch_is_not_found(
    database: Database, cast: Cast, now: datetime
) -> None:
    alice = browser_of(database, cast.alice, now)
    assert alice.get(f"/keys/{cast.group_id}/unused.exe").status_code == 404
    assert alice.get(f"/keys/{cast.group_id}/unused.csv?batch=x").status_code == 404
    assert alice.get("/keys/x/unused.csv").status_code == 404


@pytest.mark.filterwarnings('ignore:<svg> has no "viewBox"')
def test_the_join_links_code_is_for_its_leader_and_leads_to_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    path = f"/keys/{cast.group_id}/join-link.svg"
    alice = browser_of(database, cast.alice, now)
    assert alice.get(path).status_code == 404
    tokens = outside_of(database, now).tokens
    with database.writing() as session:
        join_link_terms.create_or_change(session, cast.group_id, Terms(2), cast.alice, tokens, now)
        card = join_link_terms.card(session, cast.group_id, cast.alice, tokens, now)
    assert card
    answer = alice.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert scanned(answer.content) == [f"{SITE}{card.path}"]
    assert browser_of(database, cast.charlie, now).get(path).status_code == 404
