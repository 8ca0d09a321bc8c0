"""What a page of study asks for over HTTP: beats of time, media, certificates, one's own data."""

import json
import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import NotFound, Refusal
from grouplic.http.downloads import draw, refused, who_asks
from grouplic.services.access import may_see_media
from grouplic.services.certificates import verify_certificate
from grouplic.services.outside import Outside
from grouplic.services.own_data import own_data
from grouplic.services.study_time import Beat, note_beat

_LONGEST_BEAT = 1_000  # bytes
# What a browser may be handed from a module's folder, and as what.
MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt; charset=utf-8",
}
_MEDIA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# A picture is a picture: opened on its own, an SVG runs nothing and asks for nothing.
_MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def study_routes(outside: Outside) -> list[Route]:
    """Return the routes of the player and of what a learner takes away."""

    async def beat(request: Request) -> Response:
        return await _beat(outside, request)

    async def media(request: Request) -> Response:
        return await run_in_threadpool(_media, outside, request)

    async def certificate(request: Request) -> Response:
        return await draw(_certificate, outside, request)

    async def data(request: Request) -> Response:
        return await run_in_threadpool(_data, outside, request)

    return [
        Route("/study/beat", beat, methods=["POST"]),
        Route("/media/{module}/{name}", media, methods=["GET"]),
        Route("/certificates/{code}/certificate.pdf", certificate, methods=["GET"]),
        Route("/account/data.json", data, methods=["GET"]),
    ]


async def _beat(outside: Outside, request: Request) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BEAT:
            return PlainTextResponse("This is no beat.", 413)
    return await run_in_threadpool(_note, outside, request, body)


def _note(outside: Outside, request: Request, body: bytes) -> Response:
    try:
        beat = Beat.read(json.loads(body))
        actor = who_asks(outside, request)
        with outside.database.writing() as session:
            note_beat(session, actor, beat, outside.clock())
    except ValueError:
        return PlainTextResponse("This is no beat.", 422)
    except Refusal as refusal:
        return refused(refusal)
    return Response(status_code=204)


def _media(outside: Outside, request: Request) -> Response:
    module, name = request.path_params["module"], request.path_params["name"]
    kind = MEDIA_TYPES.get(Path(name).suffix)
    try:
        actor = who_asks(outside, request)
        if kind is None or not (_MEDIA_NAME.fullmatch(name) and _MEDIA_NAME.fullmatch(module)):
            raise NotFound("file")
        with outside.database.reading() as session:
            may_see_media(session, actor, module, outside.clock())
        file = outside.catalog_dir / module / "media" / name
        if not file.is_file():
            raise NotFound("file")
    except Refusal as refusal:
        return refused(refusal)
    headers = {"Content-Security-Policy": _MEDIA_POLICY, "Cache-Control": "private, no-cache"}
    return FileResponse(file, media_type=kind, headers=headers)


def _certificate(outside: Outside, request: Request) -> Response:
    try:
        with outside.database.reading() as session:
            found = verify_certificate(session, request.path_params["code"])
    except Refusal as refusal:
        return refused(refusal)
    pdf = outside.certificate_pdf(found, f"{outside.public_url}/certificates/{found.code}")
    return _download(pdf, "application/pdf", f"certificate-{found.code}.pdf")


def _data(outside: Outside, request: Request) -> Response:
    try:
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            data = own_data(session, actor)
    except Refusal as refusal:
        return refused(refusal)
    text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    return _download(text.encode(), "application/json", "my-grouplic-data.json")


def _download(data: bytes, kind: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(data, media_type=kind, headers=headers)
