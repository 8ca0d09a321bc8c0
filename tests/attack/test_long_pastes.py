"""A list that is too long for the invite form: who is left out is said, and what to do."""

from typing import Any

import pytest

from tests.attack.stage import HYDRATE, STATE, Tabs, new_tab
from tests.attack.tenants import Tenants
from tests.coroutines import run

INVITE = f"{STATE}.grouplic___ui___pages___invite____invite_state"


def after(tenants: Tenants, *deeds: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Open Alice's invite page, do all of that, and return what the page shows after each."""

    async def work() -> list[dict[str, Any]]:
        tab, group = new_tab(), tenants.group_id
        cookie, path = tenants.cookie("alice"), f"/my-teaching/{group}/invite"
        shown: list[dict[str, Any]] = [{}]
        async with Tabs().running() as tabs:
            await tabs.knock(tab, HYDRATE, {}, cookie, path, "de", group=group)
            await tabs.knock(tab, f"{INVITE}.load", {}, cookie, path, "de", group=group)
            for name, payload in deeds:
                heard = await tabs.knock(
                    tab, f"{INVITE}.{name}", payload, cookie, path, "de", group=group
                )
                assert heard.bugs == []
                shown.append(shown[-1] | heard.vars.get("invite_state", {}))
        return shown[1:]

    return run(work())


def paste(first: int, last: int, name: str = "p{}@x.org") -> tuple[str, dict[str, Any]]:
    people = "\n".join(name.format(number) for number in range(first, last + 1))
    return "paste", {"form": {"people": people}}


@pytest.mark.usefixtures("site")
def test_whoever_does_not_fit_is_counted_and_where_to_go_on_is_said(tenants: Tenants) -> None:
    first, second, third = after(tenants, paste(1, 400), paste(401, 501), paste(502, 1900))
    assert first["left_out"] == ""
    assert len(second["rows"]) == 500
    assert second["left_out"] == (
        "1 person of your paste was left out, from p501@x.org on. "
        "At most 500 can be invited at once."
    )
    assert len(third["rows"]) == 500
    assert third["left_out"].startswith("1.399 people of your paste were left out, from p502@")


@pytest.mark.usefixtures("site")
def test_lines_without_an_address_are_not_dropped_in_silence(tenants: Tenants) -> None:
    deeds = [
        ("paste", {"form": {"people": people}})
        for people in ("Ann Lee\nann@x.org\nBo Novak", "Cy Young " + "y" * 90, "cy@x.org")
    ]
    some, one, none = after(tenants, *deeds)
    assert some["unread"] == "2 lines have no email address and were left out: “Ann Lee” first."
    assert one["unread"] == "One line has no email address and was left out: “Cy Young …”."
    assert (none["unread"], len(none["rows"])) == ("", 2)


@pytest.mark.usefixtures("site")
def test_a_row_beyond_the_last_is_not_refused_in_silence(tenants: Tenants) -> None:
    *_, full = after(tenants, paste(1, 500), ("add_row", {}))
    assert len(full["rows"]) == 500
    assert full["left_out"] == "The list is full: at most 500 people can be invited at once."


@pytest.mark.usefixtures("site")
def test_a_paste_as_long_as_the_field_may_have_been_longer(tenants: Tenants) -> None:
    text = ("Ann Lee, Department of Long Names " + "n" * 400 + " <ann{}@x.org>\n") * 230
    (shown,) = after(tenants, ("paste", {"form": {"people": text[:100_000]}}))
    assert shown["left_out"] == (
        "The field takes 100.000 characters, so the end of a longer list is missing."
    )


@pytest.mark.usefixtures("site")
def test_addresses_that_look_mistyped_are_counted_and_left_as_they_are(tenants: Tenants) -> None:
    text = "a@gmial.com b@gmail.com c@hotmial.com d@x"
    (shown,) = after(tenants, ("paste", {"form": {"people": text}}))
    assert [row.email for row in shown["rows"]] == text.split()
    assert shown["rows"][0].says == "Did you mean gmail.com?"
    assert (shown["ready"], shown["odd"]) == (3, 2)
