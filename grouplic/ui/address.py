"""What the browser's address says, as the page itself sees it, before the server hears of it."""

import reflex as rx
from reflex.vars import VarData


def in_address(part: str) -> rx.Var[str]:
    """Return a part of the route's address, such as ``group`` of ``/my-teaching/[group]``.

    A state still holds the page before while the next one is being asked for. A page that compares
    what it holds with its address shows a skeleton meanwhile, and never somebody else's group.
    """
    return rx.Var(
        f"(routeParts.{part} ?? '')",
        _var_type=str,
        _var_data=VarData(
            imports={"react-router": "useParams"}, hooks={"const routeParts = useParams()": None}
        ),
    ).to(str)
