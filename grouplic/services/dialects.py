"""How a text file of rows is to be read: its encoding and its separator, chosen or detected."""

from grouplic.domain.refusals import Refusal

SEPARATORS = (",", ";", "\t", "|")
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "mac-roman": "mac_roman",
}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UNDEFINED_ON_WINDOWS = b"\x81\x8d\x8f\x90\x9d"
_HIGH = range(0x80, 0x100)
# The letters of Western Europe, which both encodings have, at different places.
_LETTERS = {
    codec: bytes(
        byte
        for byte in _HIGH
        if "\u00c0" <= bytes([byte]).decode(codec, "replace") <= "\u00ff"
        and bytes([byte]).decode(codec, "replace") not in "×÷"
    )
    for codec in ("cp1252", "mac_roman")
}


def decode(data: bytes, chosen: str = "") -> tuple[str, str]:
    """Return the encoding's name and the text; refuse bytes that the chosen encoding cannot be.

    A mark at the start decides, then whether it is UTF-8 or UTF-16; what is left is old, and its
    line ends and letters tell Windows from Mac.
    """
    encoding = chosen if chosen in ENCODINGS else _detected(data)
    codec = ENCODINGS[encoding]
    if encoding == "utf-16" and not data.startswith(_UTF16_MARKS):
        codec = "utf-16-le" if data[1:2000:2].count(0) >= data[0:2000:2].count(0) else "utf-16-be"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise Refusal(
            f"The file cannot be read as {encoding}. Choose another encoding.", "encoding"
        ) from None
    if "\x00" in text:
        raise Refusal("The file has null bytes, so it is no table. Save it again as CSV.", "file")
    return encoding, text


def separate(text: str, chosen: str = "") -> tuple[str, int]:
    """Return the separator, and how many lines at the start only tell it (Excel's ``sep=;``)."""
    first = text[:8].replace(" ", "").lower()
    told = first.startswith("sep=")
    if chosen in SEPARATORS:
        return chosen, int(told)
    if told and first[4:5] in SEPARATORS:
        return first[4], 1
    outside_quotes = "".join(text[:20_000].split('"')[::2])
    lines = [line for line in outside_quotes.splitlines()[:50] if line.strip()]

    def fits(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        common = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(common) if common else 0, common)

    best = max(SEPARATORS, key=fits)
    return (best if fits(best)[1] else ","), 0


def _detected(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS) or _looks_like_utf16(data):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "mac-roman" if _comes_from_a_mac(data) else "windows-1252"
    return "utf-8"


def _looks_like_utf16(data: bytes) -> bool:
    start = data[:2000]
    return len(start) >= 4 and max(start[::2].count(0), start[1::2].count(0)) > len(start) // 4


def _comes_from_a_mac(data: bytes) -> bool:
    if any(byte in data for byte in _UNDEFINED_ON_WINDOWS):
        return True
    if b"\r\n" in data:
        return False
    if b"\r" in data and b"\n" not in data:
        return True  # classic Mac files end their lines with CR alone
    sample = data[:200_000]
    on_mac = len(sample) - len(sample.translate(None, _LETTERS["mac_roman"]))
    on_windows = len(sample) - len(sample.translate(None, _LETTERS["cp1252"]))
    return on_mac > on_windows
