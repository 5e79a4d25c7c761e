"""A picture's bands -> a PDF file of one page, written as they come (ISO 32000-1).

Without loss the page is one image, whose data is what PNG has. As JPEG it is a stack of images, each painted over the
foot of the one above, which goes on a little: a viewer that smooths the edges of images would else let the paper shine
through where two meet. PDFium and MuPDF do not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mapmaker.export.packing import Packed, stream
from mapmaker.export.page import Page

MOST_POINTS = 14_400
"""Of a side: what Acrobat shows."""
MOST_ACROSS = 65_500
"""Pixels of a JPEG's side: libjpeg writes no more."""
OVERLAP = 2
"""Rows by which a strip goes on below its end."""
_HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_OURS = b"%mapmaker\n"
_CATALOG, _PAGES, _PAGE, _INFO, _CONTENT = range(1, 6)


@dataclass(frozen=True)
class Strip:
    """Some rows of the page as a JPEG, which may have `OVERLAP` rows more."""

    data: bytes
    top: int
    height: int


def write_lossless_pdf(file: BinaryIO, page: Page, title: str, bands: Iterable[Packed]) -> None:
    """Write the page, given its bands from top to bottom, as one image without loss."""
    book = _Book(file)
    length, picture = book.claim(), book.claim()
    described = (
        f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 3 /Columns {page.width} >> /Length {length} 0 R"
    )
    book.begin(picture)
    file.write(_image(page.width, page.height, described))
    size = sum(file.write(part) for part in stream(bands))
    file.write(b"\nendstream\nendobj\n")
    book.put(length, str(size).encode())
    across, down = page.points
    _finish(book, page, title, [picture], f"q {across:.4f} 0 0 {down:.4f} 0 0 cm /I{picture} Do Q\n")


def write_pdf(file: BinaryIO, page: Page, title: str, strips: Iterable[Strip]) -> None:
    """Write the page, given its strips from top to bottom."""
    book = _Book(file)
    pictures: list[int] = []
    painted = []
    across, down = page.points
    point = down / page.height
    for strip in strips:
        picture = book.claim()
        pictures.append(picture)
        book.begin(picture)
        file.write(_image(page.width, strip.height, f"/Filter /DCTDecode /Length {len(strip.data)}"))
        file.write(strip.data + b"\nendstream\nendobj\n")
        foot = down - (strip.top + strip.height) * point
        painted.append(f"q {across:.4f} 0 0 {strip.height * point:.4f} 0 {foot:.4f} cm /I{picture} Do Q\n")
    _finish(book, page, title, pictures, "".join(painted))


def is_our_pdf(path: Path) -> bool:
    """Return whether we wrote the file. OSError if it cannot be read."""
    with path.open("rb") as file:
        return file.read(64).startswith(_HEAD + _OURS)


@dataclass
class _Book:
    """The objects of a file, by number, and where each begins."""

    file: BinaryIO
    places: dict[int, int] = field(default_factory=dict)
    claimed: int = _CONTENT

    def __post_init__(self) -> None:
        self.file.write(_HEAD + _OURS)

    def claim(self) -> int:
        """Return the number of an object that is yet to be written."""
        self.claimed += 1
        return self.claimed

    def begin(self, number: int) -> None:
        """Begin an object."""
        self.places[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n" % number)

    def put(self, number: int, content: bytes) -> None:
        """Write a whole object."""
        self.begin(number)
        self.file.write(content + b"\nendobj\n")

    def close(self) -> None:
        """Write where each object is."""
        start = self.file.tell()
        self.file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (self.claimed + 1))
        for number in range(1, self.claimed + 1):
            self.file.write(b"%010d 00000 n \n" % self.places[number])
        roots = f"/Size {self.claimed + 1} /Root {_CATALOG} 0 R /Info {_INFO} 0 R"
        self.file.write(f"trailer\n<< {roots} >>\nstartxref\n{start}\n%%EOF\n".encode())


def _image(width: int, height: int, more: str) -> bytes:
    shape = f"/Width {width} /Height {height} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return f"<< /Type /XObject /Subtype /Image {shape} {more} >>\nstream\n".encode()


def _finish(book: _Book, page: Page, title: str, pictures: Sequence[int], painting: str) -> None:
    """Write the page that shows the pictures, and all that leads to it."""
    named = " ".join(f"/I{picture} {picture} 0 R" for picture in pictures)
    across, down = page.points
    book.put(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R >>".encode())
    book.put(_PAGES, f"<< /Type /Pages /Kids [{_PAGE} 0 R] /Count 1 >>".encode())
    shown = f"/MediaBox [0 0 {across:.4f} {down:.4f}] /Resources << /XObject << {named} >> >> /Contents {_CONTENT} 0 R"
    book.put(_PAGE, f"<< /Type /Page /Parent {_PAGES} 0 R {shown} >>".encode())
    called = f" /Title <{title.encode('utf-16-be', 'replace').hex()}>".replace("<", "<feff") if title else ""
    book.put(_INFO, f"<< /Producer (mapmaker){called} >>".encode())
    book.put(_CONTENT, f"<< /Length {len(painting)} >>\nstream\n{painting}endstream".encode())
    book.close()
