"""What hosts say in words of their own, read: when to come again, and how a page is encoded."""

from datetime import UTC, datetime

from mapmaker.sources.answers import seconds_of, text_of


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_of("120", now) == 120
    assert seconds_of("Thu, 01 Jan 2026 00:01:30 GMT", now) == 90
    assert seconds_of("Thu, 01 Jan 2025 00:01:30 GMT", now) == 0
    assert seconds_of("9" * 10, now) == 9_999_999_999
    assert seconds_of("9" * 400, now) == 1e10
    for nothing in (
        "",
        "soon",
        "-5",
        "1e9",
        "Thu, 01 Jan 99999999999999 00:00:00 GMT",
        "Thu, 99 Jan 2025 00:00:00 GMT",
    ):
        assert seconds_of(nothing, now) is None


def test_pages_are_decoded_as_they_say() -> None:
    word = "Amélie"
    assert text_of(word.encode(), None) == word
    assert text_of(word.encode("utf-8-sig"), None) == word
    assert text_of(word.encode("utf-16"), None) == word
    assert text_of(word.encode("latin-1"), "iso-8859-1") == word
    assert text_of(b'<meta charset="iso-8859-2">' + word.encode("iso-8859-2"), None).endswith(word)
    assert text_of(word.encode("cp1252"), None) == word
    odd = ["no-such-charset", "undefined", "punycode", "idna", "a\0b", "x" * 5000, "../x", "unicode_escape", "base64"]
    for charset in odd:
        assert text_of(word.encode("cp1252"), charset) == word
        assert text_of(word.encode(), charset) == word
