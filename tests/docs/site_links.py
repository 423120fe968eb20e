"""Find links inside the built pages that lead nowhere.

``python tests/docs/site_links.py FOLDER`` reads every HTML page below a folder that Sphinx
wrote, and ends non-zero if a relative link has no file or no anchor at its end.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links of a page, and the anchors that others can lead to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, *element):
        """Keep what links, and what is linked to."""
        found = dict(element[1])
        self.anchors.update(found[key] for key in ("id", "name") if found.get(key))
        self.links += [found[key] for key in ("href", "src") if found.get(key)]


def broken_links(folder):
    """Return texts ``page: link`` of all links that lead nowhere."""
    folder = Path(folder).resolve()
    written = (path for path in folder.rglob("*.html") if "_static" not in path.parts)
    pages = {path: Page(path) for path in written}
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            target, anchor = target.resolve(), unquote(parts.fragment)
            lost = not target.exists()
            if anchor and target in pages:
                lost = anchor not in pages[target].anchors
            if lost:
                found.append(f"{path.relative_to(folder)}: {link}")
    return sorted(found)


if __name__ == "__main__":
    sys.exit("\n".join(broken_links(sys.argv[1])) or None)
