"""What the pages of a group share: the way back, the title, a skeleton, and a refusal."""

from typing import Any

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.address import in_address
from grouplic.ui.shell import page, page_head

el = rx.el


def group_page(
    state: type[rx.State],
    title: Any,
    content: rx.Component,
    *actions: rx.Component,
    within: tuple[str, str] = ("", ""),
    name: rx.Var[str] | None = None,
    refusal: rx.Component | None = None,
    lines: int = 8,
    narrow: bool = False,
) -> rx.Component:
    """Compose a page of the group in the address, once ``state`` has read that group.

    ``within`` names the page between the dashboard and this one, with the rest of its path.
    ``refusal`` is where the page itself says what was refused; whoever may not see it at all finds
    it closed.
    """
    here = state.loaded & (state.group_id == in_address("group"))
    path = "/my-teaching/" + state.group_id
    group = name if name is not None else state.group_name
    between, rest = within
    way = rx.fragment(
        el.a(group, href=path), *([" · ", el.a(between, href=path + rest)] if between else [])
    )
    return page(
        rx.cond(
            here,
            rx.fragment(
                page_head(way, title, *actions),
                refusal if refusal is not None else parts.refusal(state.refusal),
                content,
            ),
            rx.cond(
                state.refusal != "",
                parts.closed(state.refusal, to_my_teaching()),
                rx.fragment(page_head("\N{NO-BREAK SPACE}", title), parts.skeleton(lines)),
            ),
        ),
        current="myTeaching",
        narrow=narrow,
    )


def to_my_teaching() -> rx.Component:
    """Where somebody can go to whom a page of a group is closed."""
    return parts.link_button("Go to myTeaching", "/my-teaching", "primary")
