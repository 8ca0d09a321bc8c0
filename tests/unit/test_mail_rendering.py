"""Mails: the same letter is the same bytes, and nobody's words leave their place."""

from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from uuid import UUID

import pytest

from grouplic.adapters.mail.rendering import render, render_text
from grouplic.services.outbox import Letter

SENDER = "Grouplic <hello@grouplic.example>"
FACTS = {
    "name": "Dan",
    "address": "dan@new.org",
    "site": "https://learn.example",
    "group": "Autumn intake",
    "group_id": "1",
    "leader": "Alice Marsh",
    "modules": "Writing\nPrivacy",
    "note": "See you on Monday.\nBring <tea>.",
    "token": "TOKEN",
    "password": "abcd-efgh",
    "until": "December 8, 2026",
    "key": "2222-3333-4444-5555",
    "role": "people only",
}
TEMPLATES = (
    "invite_new",
    "invite_added",
    "invite_claim",
    "invite_key",
    "leader_new",
    "leader_added",
    "leader_claim",
)


def letter(template: str, **facts: str) -> Letter:
    when = datetime(2026, 11, 24, tzinfo=UTC)
    return Letter(UUID(int=7), "dan@new.org", template, when, {**FACTS, **facts})


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_same_letter_is_the_same_bytes_in_text_and_html(template: str) -> None:
    once, again = (render(letter(template), SENDER).as_bytes() for _ in range(2))
    assert once == again
    parsed = BytesParser(policy=policy.default).parsebytes(once)
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    for part in parsed.iter_parts():
        assert "Autumn intake" in part.get_content()
        assert "{{" not in part.get_content()


def test_news_for_someone_with_an_account_carry_no_credential() -> None:
    text = render(letter("invite_added"), SENDER).as_string()
    assert "TOKEN" not in text
    assert "abcd-efgh" not in text


def test_a_supplied_password_is_never_in_the_mail() -> None:
    assert "Temporary password" not in render_text(letter("invite_new", password=""))


@pytest.mark.parametrize("fact", ["name", "group", "leader", "note"])
def test_line_breaks_in_names_and_notes_reach_no_header(fact: str) -> None:
    evil = "x\r\nBcc: victim@y.org\r\n\r\n[Click] https://evil.example"
    message = render(letter("invite_new", **{fact: evil}), SENDER)
    parsed = BytesParser(policy=policy.default).parsebytes(message.as_bytes())
    assert parsed["bcc"] is None
    assert parsed["subject"].count("\n") == 0
    assert parsed["to"] == "dan@new.org"


def test_a_note_is_a_quote_whatever_it_says() -> None:
    evil = "Hi\n\n[Reset your password] https://evil.example/\n\n| Password: x"
    html = render(letter("invite_new", note=evil), SENDER).get_body(("html",)).get_content()
    assert 'href="https://evil.example' not in html
    assert "&lt;tea&gt;" in render(letter("invite_new"), SENDER).get_body(("html",)).get_content()


def test_a_mail_to_nobody_in_particular_greets_well() -> None:
    assert "Hello," in render_text(letter("invite_new", name=""))


@pytest.mark.parametrize(
    ("template", "facts", "words"),
    [
        ("low_seats", {"level": "80", "taken": "8", "bought": "10"}, "8 of 10 seats are taken"),
        ("low_seats", {"level": "100", "taken": "9", "bought": "9"}, "every seat is taken"),
        ("term_ends", {"until": "May 1, 2027", "days": "29"}, "access ends on May 1, 2027"),
        ("seats_refunded", {"gone": "2", "owed": "3", "order": "1"}, "your refund"),
    ],
)
def test_mails_about_a_license_say_it_in_the_subject(
    template: str, facts: dict[str, str], words: str
) -> None:
    facts |= {"name": "Alice", "site": "https://x.org", "group": "Spring", "path": "/buy?group=1"}
    letter = Letter(UUID(int=7), "a@b.org", template, datetime(2026, 11, 24, tzinfo=UTC), facts)
    mail = render(letter, SENDER)

    assert words in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "https://x.org/" in text
    assert "{{" not in text


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_leader_named_like_an_address_gets_no_button_of_their_own(template: str) -> None:
    mail = render(letter(template, leader="https://evil.example/?", name="Dan"), SENDER)
    html = mail.get_body(("html",))
    assert html is not None
    assert 'href="https://evil.example' not in html.get_content()
