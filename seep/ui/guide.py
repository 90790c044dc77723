"""The guide inside the app: the chapters in `docs/` as Markdown and pictures, with links between chapters."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from mimetypes import guess_type
from pathlib import Path

from seep.web.page_list import GUIDE, PAGES

ROOT = Path(__file__).resolve().parents[2] / "docs"
"""Of a checkout; the wheel has the chapters beside its pages."""
INSTALLED = Path(__file__).resolve().parents[1] / "app" / "docs"
TITLES = {page.name: page.title for page in PAGES if page.name != GUIDE} | {
    "exports": "Exports",
    "queue": "Queue orders",
    "formats": "Formats",
    "finetuning": "Fine-tuning",
    "cli": "Command line",
    "shortcuts": "Shortcuts",
    "glossary": "Glossary",
}
"""Chapters in their order; those of the pages have the path of the page as name."""
_IMAGE = re.compile(r"(?m)^!\[(?P<alt>[^\]]*)\]\((?P<file>[^)]+)\)\s*$")
_LINK = re.compile(r"\]\((?P<path>[\w./-]*?(?P<name>[\w-]+)\.md)(?P<anchor>#[\w-]*)?\)")


@lru_cache(maxsize=1)
def folder() -> Path:
    """Return the folder with the chapters."""
    return ROOT if (ROOT / "guide").is_dir() else INSTALLED


def chapter_path(name: str) -> Path:
    """Return the file of a chapter, a key of `TITLES`."""
    page = folder() / "guide" / f"{name}.md"
    return page if page.is_file() else folder() / f"{name}.md"


def parts(name: str) -> Iterator[str | tuple[Path, str]]:
    """Yield a chapter piece by piece: Markdown, or a picture with its description.

    A link to another chapter leads to it; a link to any other file stays as its text. Pictures that are not
    installed are left out.

    Args:
        name: key of `TITLES`.
    """
    path = chapter_path(name)
    text = re.sub(r"\A# .*\n", "", path.read_text(encoding="utf-8"))  # the page has the title
    place = 0
    for found in _IMAGE.finditer(text):
        yield _linked(text[place : found.start()], path.parent)
        picture = (path.parent / found["file"]).resolve()
        if picture.is_file() and picture.is_relative_to(folder().resolve()):
            yield picture, found["alt"]
        place = found.end()
    yield _linked(text[place:], path.parent)


@lru_cache(maxsize=64)
def picture(path: Path, description: str) -> str:
    """Return a picture and its description as HTML; `st.image` cannot give a picture alternative text."""
    kind = guess_type(path.name)[0] or "image/png"
    content = b64encode(path.read_bytes()).decode("ascii")
    text = escape(description)
    style = "width: 100%; border: 1px solid #80808066"
    return (
        f'<figure style="margin: 0"><img src="data:{kind};base64,{content}" alt="{text}" style="{style}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _linked(text: str, beside: Path) -> str:
    def lead(found: re.Match[str]) -> str:
        name = found["name"]  # docs/people.md is another file than the chapter docs/guide/people.md
        known = name in TITLES and (beside / found["path"]).resolve() == chapter_path(name).resolve()
        return f"](guide?chapter={name})" if known else "](#)"

    without_files = _LINK.sub(lead, text)
    return re.sub(r"\[([^\]]+)\]\(#\)", r"\1", without_files)
