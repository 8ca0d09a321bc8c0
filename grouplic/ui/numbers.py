"""Counts that a page also compares: they travel as numbers, and the browser writes them."""

import reflex as rx


def written(number: rx.Var[int] | int) -> rx.Var[str]:
    """Return a count as the visitor writes it, such as 10,000 or 10.000."""
    count = rx.Var.create(number)
    return rx.Var(
        f"new Intl.NumberFormat(navigator.languages).format({count!s})",
        _var_type=str,
        _var_data=count._get_all_var_data(),
    ).to(str)
