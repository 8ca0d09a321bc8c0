"""A form with one file, read as it arrives: what is too large is refused before it is all here."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from grouplic.domain.refusals import Refusal

_FORM_AROUND = 100_000  # bytes
_LONGEST_VALUE = 200
_MOST_PARTS = 20
_BROKEN = "The file arrived broken. Please send it again."


@dataclass
class FileForm:
    """A file with its name, and the short fields beside it."""

    file_name: str = ""
    data: bytearray = field(default_factory=bytearray)
    values: dict[str, str] = field(default_factory=dict)


class TooLarge(Refusal):
    """The file is over the limit, whether it says so or does so."""

    def __init__(self, most_bytes: int, file_name: str = "") -> None:
        super().__init__(f"The file is larger than {most_bytes // 1_000_000} MB.", "file")
        self.file_name = file_name


async def read_file_form(request: Request, most_bytes: int) -> FileForm:
    """Return the form; at most ``most_bytes`` and a little are ever held.

    Refuses a declared or actual size over the limit as soon as it is known, a form without a file,
    and what is no form.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most_bytes + _FORM_AROUND:
        raise TooLarge(most_bytes)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refusal("Choose a file first.", "file")
    reader = _Reader(most_bytes)
    read = 0
    try:
        parser = MultipartParser(options[b"boundary"], reader.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            read += len(chunk)
            if read > most_bytes + _FORM_AROUND:
                raise TooLarge(most_bytes, reader.form.file_name)
            parser.write(chunk)
        parser.finalize()
    except FormParserError:
        raise Refusal(_BROKEN, "file") from None
    if not reader.ended:
        raise Refusal(_BROKEN, "file")
    if not reader.form.file_name:
        raise Refusal("Choose a file first.", "file")
    return reader.form


class _Reader:
    def __init__(self, most_bytes: int) -> None:
        self.form = FileForm()
        self.ended = False
        self._most = most_bytes
        self._parts = 0
        self._header = self._value = b""
        self._name, self._is_file = "", False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_header,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_part_data": self._take_data,
            "on_end": self._end,
        }

    def _end(self) -> None:
        self.ended = True

    def _begin(self) -> None:
        self._parts += 1
        self._name, self._is_file = "", False
        if self._parts > _MOST_PARTS:
            raise Refusal("This form has too many fields.", "file")

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._is_file = b"filename" in options and self._name == "file"
            if self._is_file:
                self.form.file_name = options[b"filename"].decode("utf-8", "replace")
                self.form.data.clear()
        self._header = self._value = b""

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            if len(self.form.data) + end - start > self._most:
                raise TooLarge(self._most, self.form.file_name)
            self.form.data += data[start:end]
            return
        text = self.form.values.get(self._name, "") + data[start:end].decode("utf-8", "replace")
        self.form.values[self._name] = text[:_LONGEST_VALUE]
