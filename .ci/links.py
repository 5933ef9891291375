"""Check the links within built pages, and list the hosts that others lead to.

    python .ci/links.py doc/_build/html

Sphinx checks the references of reStructuredText; this looks at the pages themselves:
each file and each anchor that is linked has to exist.
"""

import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "object": "data"}
MADE_BY_SCRIPTS = ("_modules/", "search.html")  # pages that hold no text of ours


class Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        """Collect one element."""
        attrs = dict(attrs)
        self.anchors |= {attrs.get("id"), attrs.get("name")} - {None}
        if (link := attrs.get(LINKS.get(tag))) and "preconnect" not in str(attrs):
            self.links.append(link)


def broken(root, path, pages, outside):
    """Yield what is wrong with the links of a page."""
    for link in pages[path].links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            outside[f"{parts.scheme}://{parts.netloc}"] += 1
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            yield f"{path.relative_to(root)}: no file for {link}"
        elif target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"{path.relative_to(root)}: no anchor for {link}"


def main(folder):
    """Check all pages of a folder."""
    root, outside = Path(folder).resolve(), Counter()
    paths = [p for p in root.rglob("*.html") if "_static" not in p.parts]
    pages = {path: Page(path) for path in paths}
    wrong = [told for path in paths for told in broken(root, path, pages, outside)]
    n_links = sum(len(page.links) for page in pages.values())
    print(f"{len(pages)} pages, {n_links} links, {len(wrong)} broken; other hosts:")
    for host, count in outside.most_common():
        print(f"  {host}: {count}")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
