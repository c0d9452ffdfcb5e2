"""Pictures of pages, small enough for a repository: a PNG of at most 256 colours, packed as tightly as it goes.

The browser counts the colours: a page is flat areas and the grey of letters' edges, so hardly any are lost.
"""

import base64
import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize

from tests.browser.desk_site import AN_ID

# A phone's screen and a half, and the upper part of a wide one.
SIZES: dict[str, ViewportSize] = {"small": {"width": 320, "height": 720}, "wide": {"width": 1280, "height": 720}}

HEAD = """# Every page of the desk

On the smallest phone the pages are made for (320 pixels) and on a wide screen, as far as they show without scrolling.
Everybody in them is made up. How they are used: [practitioner.md](practitioner.md). `make pictures` takes them anew.

| page | small | wide |
|---|---|---|
"""

COUNTED = """async ([png, most]) => {
  const blob = await (await fetch("data:image/png;base64," + png)).blob();
  const image = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const seen = context.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map();
  const colours = new Uint32Array(image.width * image.height);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = seen[4 * i] << 16 | seen[4 * i + 1] << 8 | seen[4 * i + 2];
    counts.set(colours[i], (counts.get(colours[i]) || 0) + 1);
  }
  const kept = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most).map(each => each[0]);
  const place = new Map(kept.map((colour, i) => [colour, i]));
  const apart = (a, b) => {
    const red = (a >> 16) - (b >> 16), green = (a >> 8 & 255) - (b >> 8 & 255), blue = (a & 255) - (b & 255);
    return red * red + green * green + blue * blue;
  };
  let indexes = "";
  for (const colour of colours) {
    if (!place.has(colour)) {
      let nearest = 0;
      kept.forEach((each, i) => { if (apart(each, colour) < apart(kept[nearest], colour)) nearest = i; });
      place.set(colour, nearest);
    }
    indexes += String.fromCharCode(place.get(colour));
  }
  return { width: image.width, height: image.height, palette: kept, indexes: btoa(indexes) };
}"""


@dataclass
class Album:
    """Pictures of pages by name, each small and wide, and the page that shows them all."""

    folder: Path
    # A browser's page of its own, in which colours are counted: the site's own rules forbid what it takes.
    counter: Page
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, page: Page, path: str) -> None:
        """Both sizes of what stands there now."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name, title = name_of(path), page.get_by_role("heading", level=1).first.inner_text()
        self.shown[name] = title, kind_of(path)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            page.evaluate("scrollTo(0, 0)")
            (self.folder / f"{name}-{size}.png").write_bytes(self._packed(page.screenshot(scale="css")))

    def page(self) -> str:
        """Markdown that shows them all, by their addresses."""
        rows = [
            f"| {title}<br>`{kind}` | ![{title}, on a small phone](images/desk/{name}-small.png) "
            f"| ![{title}, on a wide screen](images/desk/{name}-wide.png) |"
            for name, (title, kind) in sorted(self.shown.items(), key=lambda each: each[1][1])
        ]
        return HEAD + "\n".join(rows) + "\n"

    def _packed(self, png: bytes) -> bytes:
        counted = self.counter.evaluate(COUNTED, [base64.b64encode(png).decode(), 256])
        indexes = base64.b64decode(counted["indexes"])
        return indexed_png(counted["width"], counted["height"], counted["palette"], indexes)


def kind_of(path: str) -> str:
    """`/people/<id>/notes?x=1` is `/people/ID/notes`; of what a link in a mail says only what it is for is kept."""
    return re.sub(r"^/(f|sign-in)/[^/]{20,}$", r"/\1/LINK", AN_ID.sub("ID", urlsplit(path).path))


def name_of(path: str) -> str:
    """`/people/<id>/notes` is the picture people-one-notes."""
    words = kind_of(path).replace("ID", "one").replace("LINK", "link")
    return "-".join(re.findall(r"[a-z]+", words)) or "home"


def indexed_png(width: int, height: int, palette: list[int], indexes: bytes) -> bytes:
    """A PNG whose pixels are places in a palette (PNG specification, colour type 3); a row's filter is none."""
    rows = b"".join(b"\0" + indexes[row * width : (row + 1) * width] for row in range(height))
    parts = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", b"".join(colour.to_bytes(3, "big") for colour in palette)),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
