"""Counts that a page also compares: they travel as numbers, and the browser writes them."""

import reflex as rx


def written(number: rx.Var[int] | int) -> rx.Var[str]:
    """Return a count as the visitor writes it, such as 10,000 or 10.000."""
    count = rx.Var.create(number)
    return _formatted("new Intl.NumberFormat(navigator.languages)", count, f"{count!s}")


def counted(number: rx.Var[int], noun: str, several: str = "") -> rx.Var[str]:
    """Return how many there are, such as 1 seat or 10,000 seats, as the visitor writes it."""
    word = rx.cond(number == 1, f" {noun}", f" {several or noun + 's'}").to(str)
    return written(number) + word


def percentage(percent: rx.Var[int]) -> rx.Var[str]:
    """Return a whole percentage as the visitor writes it, such as 84%, 84 % or %84."""
    style = 'new Intl.NumberFormat(navigator.languages, {style: "percent"})'
    return _formatted(style, percent, f"{percent!s} / 100")


def _formatted(formatter: str, count: rx.Var[int], value: str) -> rx.Var[str]:
    return rx.Var(
        f"{formatter}.format({value})", _var_type=str, _var_data=count._get_all_var_data()
    ).to(str)
