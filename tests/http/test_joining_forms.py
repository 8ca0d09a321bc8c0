"""The forms that make an account on the way into a group, and the ways back to it."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from grouplic.adapters.database import Database
from grouplic.adapters.mail.rendering import render_text
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.refusals import TooManyAttempts
from grouplic.http.accounts import account_routes
from grouplic.http.cookies import HashedSessionCookie
from grouplic.services import join_link_terms, join_links, joining_by_link, key_ledger, outbox
from grouplic.services.flash import COOKIE, read_flash
from grouplic.services.join_link_terms import Terms
from grouplic.services.join_links import MailboxUnproven, UnknownLink
from grouplic.services.outside import Outside
from tests.cast import Cast, live_learners, user_named
from tests.outside import SITE, outside_of

PASSWORD = "tulip anchor meadow 42"
DANA = {"email": "dana@northlab.org", "first_name": "Dana", "last_name": "Marsh"}


@pytest.fixture
def outside(database: Database, now: datetime) -> Outside:
    return outside_of(database, now)


@pytest.fixture
def browser(outside: Outside) -> Callable[[], TestClient]:
    app = HashedSessionCookie(Starlette(routes=account_routes(outside)), "grouplic")
    return lambda: TestClient(app, base_url=SITE, follow_redirects=False)


def make_link(outside: Outside, cast: Cast, now: datetime, *domains: str) -> str:
    with outside.database.writing() as session:
        link = join_link_terms.create_or_change(
            session, cast.group_id, Terms(2, None, domains), cast.alice, outside.tokens, now
        )
        return join_links.token_of(link, outside.tokens)


def post(client: TestClient, form: str, **values: str) -> str:
    """Post the form and return where it leads."""
    answer = client.post(f"/auth/{form}", data={**DANA, "password": PASSWORD, **values})
    assert answer.status_code == 303
    return answer.headers["location"]


def said(client: TestClient, outside: Outside, form: str) -> str:
    flash = read_flash(client.cookies.get(COOKIE, ""), form, outside.secret_key)
    return flash.message if flash else ""


def newest_mail(outside: Outside, template: str) -> str:
    with outside.database.writing() as session:
        mail = session.exec(select(Mail).where(Mail.template == template)).all()[-1]
        letter = outbox.letter(session, mail.id, outside.tokens, SITE)
        assert letter is not None
        return render_text(letter)


def address_in(text: str) -> str:
    found = re.search(rf"{SITE}(\S+)", text)
    assert found
    return found[1]


def learners(outside: Outside, cast: Cast) -> set[str]:
    with outside.database.reading() as session:
        ids = live_learners(session, cast.group_id)
        return set(session.exec(select(User.email).where(User.id.in_(ids))))


def test_a_new_account_joins_at_once_where_any_address_may(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    token = make_link(outside, cast, now)
    assert post(browser(), "join", token=token) == "/my-learning?joined=1"
    assert learners(outside, cast) == {"dana@northlab.org"}


def test_an_address_of_an_allowed_domain_is_proven_before_it_takes_a_seat(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    token = make_link(outside, cast, now, "northlab.org")
    dana = browser()
    assert post(dana, "join", token=token) == f"/join/{token}"
    assert learners(outside, cast) == set()

    # The token rests nowhere, and the mail leads back to the link all the same.
    with outside.database.reading() as session:
        assert token not in repr([mail.facts for mail in session.exec(select(Mail))])
    mailed = address_in(newest_mail(outside, "verify_email"))
    assert mailed.endswith(f"&next=/join/{token}")
    proof = re.search(r"token=([\w-]+)", mailed)
    assert proof
    stranger = browser()
    post(stranger, "verify-email", token=proof[1], next=f"/join/{token}")
    assert "Sign in to this account first" in said(stranger, outside, "verify-email")
    assert post(dana, "verify-email", token=proof[1], next=f"/join/{token}") == f"/join/{token}"
    with outside.database.reading() as session:
        assert user_named(session, "dana").verified_at == now


def test_a_mail_on_its_way_leads_to_the_address_that_was_followed_and_not_to_a_newer_one(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    token = make_link(outside, cast, now, "northlab.org")
    post(browser(), "join", token=token)
    with outside.database.writing() as session:
        join_link_terms.renew(session, cast.group_id, cast.alice, outside.tokens, now)
    assert address_in(newest_mail(outside, "verify_email")).endswith(f"&next=/join/{token}")


def test_another_domains_address_is_refused_before_an_account_is_made(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    token = make_link(outside, cast, now, "northlab.org")
    dana = browser()
    assert post(dana, "join", token=token, email="dana@gmail.com") == f"/join/{token}"
    assert said(dana, outside, "join") == "This join link is for addresses at northlab.org."
    with outside.database.reading() as session:
        assert not session.exec(select(User).where(User.email == "dana@gmail.com")).all()


def test_a_known_address_is_led_to_sign_in_and_the_link_is_kept(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    token = make_link(outside, cast, now)
    visitor = browser()
    assert post(visitor, "join", token=token, email="bob@northlab.org") == f"/join/{token}"
    assert "Sign in instead" in said(visitor, outside, "join")
    assert learners(outside, cast) == set()


def test_a_dead_link_makes_no_account(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    dana = browser()
    assert post(dana, "join", token="guess") == "/join/guess"
    assert "We do not know this join link" in said(dana, outside, "join")
    with outside.database.reading() as session:
        assert not session.exec(select(User).where(User.email == "dana@northlab.org")).all()


def test_guessing_links_is_limited_and_only_failures_count(
    database: Database, cast: Cast, now: datetime
) -> None:
    outside = outside_of(database, now, failed_keys_per_address="3/minute")
    token = make_link(outside, cast, now)
    for _ in range(5):
        joining_by_link.look_up(outside, token, None, "192.0.2.7")
    for guess in range(3):
        with pytest.raises(UnknownLink):
            joining_by_link.look_up(outside, f"guess-{guess}", None, "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        joining_by_link.look_up(outside, token, None, "192.0.2.7")
    joining_by_link.look_up(outside, token, None, "192.0.2.8")


def test_joining_unproven_mails_a_way_to_prove_it_a_few_times_an_hour(
    database: Database, cast: Cast, now: datetime
) -> None:
    outside = outside_of(database, now, links_per_account="2/hour")
    token = make_link(outside, cast, now, "northlab.org")
    with database.writing() as session:
        user_named(session, "bob").verified_at = None
    for _ in range(2):
        with pytest.raises(MailboxUnproven, match="mailed you a link"):
            joining_by_link.join(outside, token, cast.bob, "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        joining_by_link.join(outside, token, cast.bob, "192.0.2.7")
    with database.reading() as session:
        assert len(session.exec(select(Mail)).all()) == 2
        assert not session.exec(select(Enrollment)).all()


@pytest.mark.parametrize("way", ["key", "link"])
def test_a_forgotten_password_leads_back_to_the_key_or_the_link(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime, way: str
) -> None:
    if way == "key":
        with outside.database.writing() as session:
            (key,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
        page = f"/redeem?key={key.text}"
    else:
        page = f"/join/{make_link(outside, cast, now)}"
    visitor = browser()
    post(visitor, "forgot-password", email="bob@northlab.org", next=page)
    mailed = unquote(address_in(newest_mail(outside, "reset_password")))
    assert mailed.endswith(f"&next={page}")
    token = re.search(r"token=([\w-]+)", mailed)
    assert token

    # In whatever browser the mail is opened.
    elsewhere = browser()
    assert post(elsewhere, "reset-password", token=token[1], next=page) == page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_a_mail_leads_to_no_other_site(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, elsewhere: str
) -> None:
    post(browser(), "forgot-password", email="bob@northlab.org", next=elsewhere)
    mailed = unquote(address_in(newest_mail(outside, "reset_password")))
    assert mailed.endswith("&next=/my-learning")


def test_a_known_address_with_a_key_is_led_to_sign_in_and_the_key_is_kept(
    outside: Outside, browser: Callable[[], TestClient], cast: Cast, now: datetime
) -> None:
    with outside.database.writing() as session:
        (key,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
    visitor = browser()
    where = post(visitor, "redeem", key=key.text, email="bob@northlab.org")
    assert where == f"/redeem?key={key.text}"
    redeem = said(visitor, outside, "redeem")
    post(visitor, "sign-up", email="bob@northlab.org")
    assert redeem == said(visitor, outside, "sign-up")
    assert learners(outside, cast) == set()


def test_a_null_in_a_form_is_no_error(browser: Callable[[], TestClient]) -> None:
    assert post(browser(), "sign-in", email="da\x00na@northlab.org") == "/sign-in"


def test_another_address_of_ones_own_network_is_no_way_round_a_limit(
    database: Database, now: datetime
) -> None:
    outside = outside_of(database, now, failed_sign_ins_per_address="2/minute")
    app = HashedSessionCookie(Starlette(routes=account_routes(outside)), "grouplic")
    told = []
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::3"):
        client = TestClient(app, base_url=SITE, follow_redirects=False, client=(host, 50_000))
        post(client, "sign-in", email=f"somebody-at-{host[-1]}@new.org")
        told.append(said(client, outside, "sign-in"))

    assert ["Too many" in message for message in told] == [False, False, True, False]
