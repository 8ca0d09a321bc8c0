"""Lists of the whole site as files, for operators."""

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from grouplic.domain.refusals import NotFound, Refusal
from grouplic.http.downloads import refused, who_asks
from grouplic.services.actors import Actor, require_operator
from grouplic.services.listing import Cell, Day, Money, Prices, SiteList
from grouplic.services.outside import Outside
from grouplic.services.site_lists import SITE_LISTS
from grouplic.services.tables import csv_bytes


def operator_routes(outside: Outside) -> list[Route]:
    """Return the routes of files for operators."""

    async def export(request: Request) -> Response:
        try:
            actor = await run_in_threadpool(who_asks, outside, request)
            require_operator(actor)
            listed = SITE_LISTS.get(request.path_params["list"])
            if listed is None:
                raise NotFound("list")
        except Refusal as refusal:
            return refused(refusal)
        name = f'attachment; filename="{request.path_params["list"]}.csv"'
        rows = _rows(outside, listed, actor, request.query_params)
        return StreamingResponse(rows, media_type="text/csv", headers={"Content-Disposition": name})

    return [Route("/operator-files/{list}.csv", export, methods=["GET"])]


def _rows(outside: Outside, listed: SiteList, actor: Actor, asked) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    with outside.database.reading() as session:
        rows = listed.every(session, actor, asked.get("search", ""), asked.get("only", ""))
        yield from csv_bytes(listed.columns, ([_text(cell) for cell in row.cells] for row in rows))


def _text(cell: Cell) -> str | int:
    if isinstance(cell, Money):
        return f"{cell.amount} {cell.currency}"
    if isinstance(cell, Prices):
        tiers = [f"from {seats}: {_text(money)}" for seats, money in cell.tiers]
        return "; ".join([str(_text(cell.one)), *tiers])
    if isinstance(cell, Day):
        return cell.at.date().isoformat()
    if isinstance(cell, str | int):
        return cell
    return cell.isoformat(timespec="seconds") if cell else ""
