"""Files: people taken in, rows with their reasons and receipts given back."""

from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import Refusal
from grouplic.http.downloads import refused, who_asks
from grouplic.http.file_forms import FileForm, TooLarge, read_file_form
from grouplic.services.actors import Actor
from grouplic.services.outside import Outside
from grouplic.services.receiving import may_upload, receive, refuse
from grouplic.services.sheets import FIELDS, Reading, sample_csv
from grouplic.services.tables import csv_bytes
from grouplic.services.upload_tables import receipt, rows_that_need_a_look

_CSV = "text/csv; charset=utf-8"
_NO_COLUMN = "none"

Table = tuple[Sequence[str], Iterable[Sequence[object]]]


def upload_routes(outside: Outside) -> list[Route]:
    """Return the routes of files; the sample first, since it is no upload's name."""

    async def take(request: Request) -> Response:
        return await _take(outside, request)

    async def problems(request: Request) -> Response:
        return await _send(outside, request, _problems, "rows-that-need-a-look.csv")

    async def receipts(request: Request) -> Response:
        return await _send(outside, request, _receipt, "receipt.csv")

    return [
        Route("/uploads/sample.csv", _sample, methods=["GET"]),
        Route("/uploads/{upload}/problems.csv", problems, methods=["GET"]),
        Route("/uploads/{upload}/receipt.csv", receipts, methods=["GET"]),
        Route("/uploads/{group}", take, methods=["POST"]),
    ]


async def _sample(_request: Request) -> Response:
    return _download(sample_csv(), "people.csv")


async def _take(outside: Outside, request: Request) -> Response:
    # Who asks, and whether they may, is known before a byte of the file is read. The page hears of
    # what became of it live; a refusal of the request itself is this answer's text.
    group = request.path_params["group"]
    try:
        actor = await run_in_threadpool(who_asks, outside, request)
        await run_in_threadpool(may_upload, outside, group, actor)
        try:
            form = await read_file_form(request, outside.upload_limits.most_bytes)
        except TooLarge as refusal:
            name = refusal.file_name or "This file"
            await run_in_threadpool(refuse, outside, group, name, refusal.message, actor)
            raise
        await run_in_threadpool(
            receive, outside, group, bytes(form.data), form.file_name, _reading(form), actor
        )
    except Refusal as refusal:
        return _refused(refusal)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    return Response(status_code=204)


def _reading(form: FileForm) -> Reading:
    chosen: list[tuple[str, int | None]] = []
    for name in FIELDS:
        place = form.values.get(name, "")
        if place == _NO_COLUMN:
            chosen.append((name, None))
        elif place.isascii() and place.isdecimal() and len(place) < 4:
            chosen.append((name, int(place)))
    encoding, separator, header = (
        form.values.get(name, "") for name in ("encoding", "separator", "header")
    )
    return Reading(encoding, separator, header, tuple(chosen))


async def _send(
    outside: Outside, request: Request, table: Callable[[Session, Actor, str], Table], name: str
) -> Response:
    def work() -> bytes:
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            (identifier,) = request.path_params.values()
            header, rows = table(session, actor, identifier)
            return b"".join(csv_bytes(header, rows))

    try:
        return _download(await run_in_threadpool(work), name)
    except Refusal as refusal:
        return _refused(refusal)


def _problems(session: Session, actor: Actor, upload_id: str) -> Table:
    rows = rows_that_need_a_look(session, upload_id, actor)
    return (*FIELDS, "line", "reason"), rows


def _receipt(session: Session, actor: Actor, upload_id: str) -> Table:
    header = ("line", "user_email", "first_name", "last_name", "result", "reason")
    return header, receipt(session, upload_id, actor)


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, TooLarge):
        # A body that is not read is not waited for either.
        return PlainTextResponse(refusal.message, 413, {"Connection": "close"})
    return refused(refusal)


def _download(data: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=_CSV, headers={"Content-Disposition": disposition})
