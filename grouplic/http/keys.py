"""Unused enrollment keys to download, and the QR code of the join link."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grouplic.domain.refusals import NotFound, Refusal
from grouplic.http.downloads import draw, refused, who_asks
from grouplic.services import join_link_terms
from grouplic.services.key_cards import as_pdf
from grouplic.services.key_files import (
    KeySheet,
    as_csv,
    as_text,
    as_xlsx,
    file_name,
    read_sheet,
)
from grouplic.services.key_filter import KeyFilter
from grouplic.services.outside import Outside


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is made, and what it is called."""

    media_type: str
    make: Callable[[KeySheet, str], bytes]


_KINDS = {
    "csv": Kind("text/csv; charset=utf-8", lambda sheet, _paper: as_csv(sheet)),
    "txt": Kind("text/plain; charset=utf-8", lambda sheet, _paper: as_text(sheet)),
    "xlsx": Kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda sheet, _paper: as_xlsx(sheet),
    ),
    "pdf": Kind("application/pdf", as_pdf),
}


def key_routes(outside: Outside) -> list[Route]:
    """Return the routes of files with keys. All of them answer only who manages the group."""

    async def keys(request: Request) -> Response:
        return await draw(_keys, outside, request)

    async def code(request: Request) -> Response:
        return await run_in_threadpool(_code, outside, request)

    return [
        Route("/keys/{group}/unused.{kind}", keys, methods=["GET"]),
        Route("/keys/{group}/join-link.svg", code, methods=["GET"]),
    ]


def _keys(outside: Outside, request: Request) -> Response:
    # The file is made when the transaction is over, in a thread of its own.
    asked = request.query_params
    wanted = KeyFilter("", *(asked.get(name, "")[:200] for name in ("label", "batch", "search")))
    try:
        kind = _KINDS.get(request.path_params["kind"])
        if kind is None:
            raise NotFound
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            sheet = read_sheet(
                session, request.path_params["group"], wanted, actor, outside.public_url
            )
        data = kind.make(sheet, asked.get("paper", ""))
    except Refusal as refusal:
        return refused(refusal)
    name = file_name(sheet, outside.clock(), request.path_params["kind"])
    return Response(data, media_type=kind.media_type, headers=_attached(name))


def _code(outside: Outside, request: Request) -> Response:
    try:
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            card = join_link_terms.card(
                session, request.path_params["group"], actor, outside.tokens, outside.clock()
            )
        if card is None:
            raise NotFound("join link")
    except Refusal as refusal:
        return refused(refusal)
    picture = io.BytesIO()
    code = segno.make(outside.public_url + card.path, error="m")
    code.save(picture, kind="svg", scale=8, border=4, light="#fff")
    return Response(picture.getvalue(), media_type="image/svg+xml")


def _attached(name: str) -> dict[str, str]:
    # RFC 6266: a name in plain ASCII, and the real one for who can read it.
    plain = name.encode("ascii", "ignore").decode().lstrip("-")
    exact = quote(name, safe="")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"}
