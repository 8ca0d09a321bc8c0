"""Files: people taken in, rows with their reasons given back."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import Refusal
from grouplic.http.downloads import refused, who_asks
from grouplic.services.outside import Outside
from grouplic.services.sheets import Reading, sample_csv
from grouplic.services.tables import csv_bytes
from grouplic.services.uploads import receive, rows_that_need_a_look

_CSV = "text/csv; charset=utf-8"
_PROBLEM_COLUMNS = ("line", "user_email", "first_name", "last_name", "reason")


def upload_routes(outside: Outside) -> list[Route]:
    """Return the routes of files; the sample first, since it is no upload's name."""

    async def take(request: Request) -> Response:
        return await _take(outside, request)

    async def problems(request: Request) -> Response:
        return await run_in_threadpool(_problems, outside, request)

    return [
        Route("/uploads/sample.csv", _sample, methods=["GET"]),
        Route("/uploads/{upload}/problems.csv", problems, methods=["GET"]),
        Route("/uploads/{group}", take, methods=["POST"]),
    ]


async def _sample(_request: Request) -> Response:
    return _download(sample_csv(), "people.csv")


async def _take(outside: Outside, request: Request) -> Response:
    # Who asks is known before a byte of the file is read. The page hears of the outcome live.
    try:
        actor = await run_in_threadpool(who_asks, outside, request)
        async with request.form(max_files=1, max_fields=4, max_part_size=10_000) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return PlainTextResponse("Choose a file first.", 400)
            data, name = await file.read(), file.filename
            reading = Reading(str(form.get("encoding", "")), str(form.get("separator", "")))
        group = request.path_params["group"]
        await run_in_threadpool(receive, outside, group, data, name, reading, actor)
    except Refusal as refusal:
        return refused(refusal)
    return Response(status_code=204)


def _problems(outside: Outside, request: Request) -> Response:
    try:
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            rows = rows_that_need_a_look(session, request.path_params["upload"], actor)
    except Refusal as refusal:
        return refused(refusal)
    return _download(b"".join(csv_bytes(_PROBLEM_COLUMNS, rows)), "rows-that-need-a-look.csv")


def _download(data: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=_CSV, headers={"Content-Disposition": disposition})
