"""Makes docs/demo.jpg, the picture in the README: the demo's map in Chromium, with a poster's card open.

make demo    # leave it running, or end it: only its folder is needed
.venv/bin/python docs/screenshot.py demo/map
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1440, "height": 900}
CHOSEN = (650, 500)
"""Where it clicks: on a poster near the middle."""


def main(folder: Path, picture: Path) -> None:
    """Open the map in `folder`, click, and save what a visitor sees."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        page = browser.new_page(viewport=SIZE, color_scheme="dark", device_scale_factor=1)
        page.goto((folder / "index.html").resolve().as_uri())
        page.wait_for_load_state("networkidle")
        page.mouse.click(*CHOSEN)
        page.wait_for_timeout(2_000)
        shot = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    shot.convert("RGB").save(picture, quality=82, optimize=True, progressive=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("demo.jpg"))
