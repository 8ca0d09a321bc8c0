"""The parts that pages are composed of. They take plain values or Vars, and know no service."""

from typing import Any

import reflex as rx

el = rx.el


def brand() -> rx.Component:
    """The mark, nine seats of which six are taken, and the name."""
    return el.a(mark(), "Grouplic", href="/", class_name="brand")


def mark() -> rx.Component:
    """The nine seats alone."""
    return el.i(*[el.b() for _ in range(9)], class_name="mark", aria_hidden="true")


def nav_link(text: str, path: str, current: str) -> rx.Component:
    """One entry of the navigation; the current one is marked for sight and for screen readers."""
    marked = {"aria_current": "page"} if current == text else {}
    return el.a(text, href=path, **marked)


def primary(text: Any, **props: Any) -> rx.Component:
    """The one primary button of a page."""
    return el.button(text, class_name="btn primary", **props)


def button(text: Any, **props: Any) -> rx.Component:
    """A plain button."""
    return el.button(text, class_name="btn", **{"type": "button", **props})


def asking(*content: Any, **props: Any) -> rx.Component:
    """What will happen, before it does: with `way_back` among it. Escape takes that way, and the
    focus goes back to where it came from (assets/wayfinding.js).
    """
    return el.div(*content, custom_attrs={"data-asks": "true"}, **props)


def way_back(text: str, on_click: Any) -> rx.Component:
    """The button that leaves all as it is."""
    return button(text, on_click=on_click, custom_attrs={"data-back": "true"})


def doing(label: str, on_click: Any, whom: Any) -> rx.Component:
    """What can be done in one row of a list; read aloud it names whom it is done to."""
    return el.button(
        label,
        el.span(" (" + whom.to(str) + ")", class_name="visually-hidden"),
        type="button",
        class_name="link",
        on_click=on_click,
    )


def link_button(text: Any, href: Any, kind: str = "", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return el.a(text, href=href, class_name=f"btn {kind}".strip(), **props)


def download_link(text: Any, path: Any, **props: Any) -> rx.Component:
    """A link to a file of ours: the browser asks the server, and not the pages' own router.

    By ``data-file`` the page knows that it stays: ``assets/stay-connected.js``.
    """
    asks_server = {"reloadDocument": True, "data-file": "yes"}
    return el.a(text, href=path, custom_attrs=asks_server, **props)


def how_it_works(article: str, about: str) -> rx.Component:
    """A quiet link to the help article that answers the question of this page."""
    return el.a(
        "How does this work?",
        el.span(f" {about}", class_name="visually-hidden"),
        href=f"/help/{article}",
        class_name="how",
    )


def notice(kind: str, *content: Any, role: str = "status") -> rx.Component:
    """A notice of kind info, good, warn or bad."""
    return el.div(*content, class_name=f"notice {kind}", role=role)


def refusal(message: rx.Var[str]) -> rx.Component:
    """What was refused and what to do, read out as soon as it appears."""
    return el.div(
        rx.cond(message != "", el.div(message, class_name="notice bad")),
        role="alert",
        class_name="refusal",
    )


def refusal_at(state: Any, *forms: Any) -> rx.Component:
    """What one of these forms was refused, to stand at its button, where somebody is looking.

    A form is its handler; ``state`` is ``seam.RefusableByForm``.
    """
    return refusal(rx.cond(_is_by(state, forms), state.refusal, "").to(str))


def refusal_elsewhere(state: Any, *forms: Any) -> rx.Component:
    """What was refused on the page, but for what stands at one of these forms."""
    return refusal(rx.cond(_is_by(state, forms), "", state.refusal).to(str))


def _is_by(state: Any, forms: tuple[Any, ...]) -> rx.Var[bool]:
    return rx.Var.create([form.fn.__name__ for form in forms]).contains(state.refused_by)


def closed(message: rx.Var[str], way: rx.Component, *more: rx.Component) -> rx.Component:
    """What stands for a whole page that was refused: why, under a heading of its own, and the ways
    on from here, of which there is one at least.
    """
    return el.div(
        rx.cond(
            message != "",
            el.div(
                el.h1("This page is closed."),
                el.p(message, class_name="notice bad"),
                el.div(way, *more, class_name="row wrap"),
                class_name="stack",
            ),
        ),
        role="alert",
        class_name="refusal",
    )


def field(
    label: str,
    name: str,
    hint: Any = "",
    error: Any = "",
    **props: Any,
) -> rx.Component:
    """A labeled input with its hint and its error, both tied to it."""
    return el.div(
        el.label(label, html_for=name),
        el.input(
            id=name,
            name=name,
            aria_describedby=f"{name}-hint {name}-error",
            aria_invalid=rx.cond(rx.Var.create(error) != "", "true", "false"),
            **props,
        ),
        _hint(name, hint),
        el.p(error, id=f"{name}-error", class_name="error"),
        class_name="field",
    )


def password_field(
    label: str, name: str, auto_complete: str, identifier: str = "", hint: str = ""
) -> rx.Component:
    """A labeled password with its hint, and a button that shows what is typed.

    ``auto_complete`` says which password it is; by that, no script keeps one that is shown.
    """
    identifier = identifier or name
    return el.div(
        el.label(label, html_for=identifier),
        el.div(
            el.input(
                id=identifier,
                name=name,
                type="password",
                auto_complete=auto_complete,
                auto_capitalize="none",
                spell_check=False,
                required=True,
                aria_describedby=f"{identifier}-hint",
            ),
            el.button(
                el.span("Show", class_name="to-show"),
                el.span("Hide", class_name="to-hide"),
                el.span(" " + label[0].lower() + label[1:], class_name="visually-hidden"),
                type="button",
                class_name="btn",
                aria_controls=identifier,
                data_reveal="yes",
            ),
            class_name="password",
        ),
        _hint(identifier, hint),
        class_name="field",
    )


def _hint(identifier: str, hint: Any) -> rx.Component:
    named = f"{identifier}-hint"
    return el.p(hint, id=named, class_name="hint") if hint else el.span(id=named)


def empty_state(
    title: Any, text: Any, *actions: rx.Component, heading: Any = el.h2
) -> rx.Component:
    """An empty list that says what to do; ``heading`` is h1 where it stands for the page."""
    return el.div(
        heading(title), el.p(text), el.div(*actions, class_name="row center"), class_name="empty"
    )


def stat(label: str, number: Any, *more: Any) -> rx.Component:
    """A number with its label."""
    return el.div(
        el.p(label, class_name="eyebrow"), el.p(number, class_name="num"), *more, class_name="card"
    )


def progress(done: Any, total: Any, label: Any) -> rx.Component:
    """A progress bar that says its value."""
    percent = rx.cond(total > 0, done * 100 / total, 0)
    return el.div(
        el.i(style={"width": f"{percent}%"}),
        class_name="bar",
        role="progressbar",
        aria_label=label,
        aria_valuemin="0",
        aria_valuemax=total,
        aria_valuenow=done,
    )


def steps(*texts: tuple[str, str], heading: Any = el.h3) -> rx.Component:
    """A numbered way, step by step; ``heading`` is the level below what stands above it."""
    return el.ol(*[el.li(heading(title), el.p(text)) for title, text in texts], class_name="steps")


def skeleton(lines: int = 3) -> rx.Component:
    """A stand-in of about the right size while something loads."""
    return el.div(
        *[el.div(class_name="skeleton") for _ in range(lines)],
        # Or its elements would be reused for the content, which the browser sees as jumping.
        key="skeleton",
        class_name="stack",
        aria_hidden="true",
    )


def when_loaded(loaded: Any, content: rx.Component, lines: int = 4) -> rx.Component:
    """The content, or a skeleton until it is there."""
    return rx.cond(loaded, content, skeleton(lines))


def copy_button(text: Any, label: Any = "Copy") -> rx.Component:
    """Copies ``text`` to the clipboard, in the browser alone."""
    return el.button(label, class_name="btn small", type="button", on_click=rx.set_clipboard(text))
