"""The live dashboard of a group: what can be done, its seats, the answers, its learners."""

import reflex as rx

from grouplic.ui import parts, seat_parts
from grouplic.ui.address import in_address
from grouplic.ui.numbers import written
from grouplic.ui.pages import learners_table, progress_panels
from grouplic.ui.pages.first_minutes import first_minutes
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.pages.license import LicenseState, license_notices
from grouplic.ui.pages.teaching import GroupState
from grouplic.ui.shell import page, page_head

el = rx.el


def dashboard() -> rx.Component:
    """The page."""
    here = GroupState.loaded & (GroupState.group_id == in_address("group"))
    return page(
        parts.closed(GroupState.refusal, to_my_teaching()),
        rx.cond(GroupState.refusal == "", rx.cond(here, _dashboard(), _skeleton())),
        current="myTeaching",
    )


def _skeleton() -> rx.Component:
    """About as large as what comes: the head, the seats, the answers, the learners."""
    return el.div(
        *[el.div(class_name=f"skeleton {part}") for part in ("head", "seat-map", "three", "sheet")],
        key="skeleton",
        class_name="stack-wide dashboard-skeleton",
        aria_hidden="true",
    )


def _dashboard() -> rx.Component:
    return el.div(
        page_head(
            el.span(
                "Group license · ",
                GroupState.modules.length(),
                rx.cond(GroupState.modules.length() == 1, " module · ", " modules · "),
                GroupState.until,
            ),
            GroupState.name,
            rx.cond(GroupState.manages, _actions()),
        ),
        _ways(),
        rx.cond(GroupState.oversees, _read_only()),
        rx.cond(~GroupState.is_sandbox, license_notices(GroupState)),
        first_minutes(),
        _seats(),
        progress_panels.answers(),
        learners_table.learners(),
        progress_panels.keep_up(),
        el.section(
            el.h2("Modules"),
            el.ul(rx.foreach(GroupState.modules, lambda title: el.li(title)), class_name="plain"),
            el.p(el.a("See what your learners read", href=_path("/preview"))),
            class_name="card",
        ),
        class_name="stack-wide dashboard",
    )


def _actions() -> rx.Component:
    # On a phone they stand at the lower edge, in reach of the thumb.
    path = "/buy?group=" + GroupState.group_id
    return el.div(
        rx.cond(GroupState.leads_all, parts.link_button("Add Modules", path + "&add=modules")),
        rx.cond(GroupState.leads_all, parts.link_button("Add Seats", path + "&add=seats")),
        _users_menu(),
        class_name="actions thumb",
    )


def _users_menu() -> rx.Component:
    # Of a license that has ended, renewing it is what there is to do first.
    look = rx.cond(LicenseState.ended, "btn", "btn primary")
    return el.details(
        el.summary("Users", class_name=look),
        el.div(
            el.a("Invite via Email", href=_path("/invite")),
            el.a("Enrollment Key Codes", href=_path("/keys")),
            el.a("Upload a CSV File", href=_path("/upload")),
            el.a("Manage People", href=_path("/people")),
            class_name="panel",
        ),
        class_name="menu users",
    )


def _ways() -> rx.Component:
    return el.nav(
        rx.cond(GroupState.manages, el.a("Due dates and reminders", href=_path("/reminders"))),
        el.a("Insights", href=_path("/insights")),
        rx.cond(
            GroupState.leads_all,
            rx.fragment(
                el.a("Orders", href=_path("/orders")),
                el.a("Leaders", href=_path("/leaders")),
                el.a("Settings", href=_path("/settings")),
            ),
        ),
        parts.how_it_works("group-license-faq", "Group licenses"),
        class_name="ways",
        aria_label="This group",
    )


def _read_only() -> rx.Component:
    return parts.notice(
        "info",
        "You see what the leaders of this group see. Nothing can be changed from here. ",
        el.a("Back to the group's page", href="/operator/groups/" + GroupState.group_id),
    )


def _seats() -> rx.Component:
    counts = [
        ("done", "Completed", GroupState.completed),
        ("taken", "Learning", GroupState.taken - GroupState.completed),
        ("issued", "Key handed out", GroupState.issued),
        ("open", "Open", GroupState.open),
        ("retired", "Retired", GroupState.retired),
    ]
    return el.section(
        el.div(
            el.p(
                el.span(written(GroupState.taken), id="taken"),
                el.span(" of ", el.span(written(GroupState.bought), id="bought"), class_name="of"),
                class_name="big",
            ),
            el.p(rx.cond(GroupState.bought == 1, "seat taken", "seats taken"), class_name="lead"),
            el.p(
                written(GroupState.open),
                " open, ",
                written(GroupState.issued),
                rx.cond(GroupState.issued == 1, " key handed out", " keys handed out"),
            ),
            _live(),
        ),
        el.div(
            seat_parts.picture(
                GroupState.seats, _sentence(), counts, GroupState.bought, GroupState.latest
            ),
            class_name="grow",
        ),
        class_name="card hero",
        aria_label="Seats",
    )


def _live() -> rx.Component:
    return el.p(
        el.i(aria_hidden="true"),
        rx.cond(
            GroupState.latest > 0,
            "Live. "
            + GroupState.latest_name
            + " took seat "
            + GroupState.latest.to_string()
            + " just now",
            "Live. Seats fill here as people join.",
        ),
        class_name="live",
        role="status",
    )


def _sentence() -> rx.Var[str]:
    return (
        written(GroupState.taken)
        + " of "
        + written(GroupState.bought)
        + rx.cond(GroupState.bought == 1, " seat taken, ", " seats taken, ").to(str)
        + written(GroupState.issued)
        + rx.cond(GroupState.issued == 1, " key handed out, ", " keys handed out, ").to(str)
        + written(GroupState.open)
        + " open, "
        + written(GroupState.retired)
        + " retired"
    )


def _path(rest: str) -> rx.Var[str]:
    return "/my-teaching/" + GroupState.group_id + rest
