"""What goes wrong with pictures and tiles.

TileError          an argument that makes no map, a result out of order
└── DecodeError    an image file that does not become pixels; `reason` says why
"""


class TileError(Exception):
    """Base of every error this package raises on purpose."""


class DecodeError(TileError):
    """An image file did not become pixels.

    `reason` is a short plain phrase without the file's name: "empty file", "truncated", "not an
    image ...", "cannot be read: Permission denied", "over the pixel limit: 30000 x 9000 =
    270,000,000 pixels, limit 100,000,000".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
