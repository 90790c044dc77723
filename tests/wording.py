"""Rules of wording, and the texts that they apply to."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_WORDS = 25

BANNED = {
    # one term per concept: the pattern on the left, the term to use on the right
    r"knobs?": "hyperparameter",
    r"recipes?": "preset",
    r"locked (?:scenes?|tiles?|set|split|ones?)": "test scenes (tiles, set, split)",
    r"audit (?:tiles?|share|sample)": "quality sample",
    r"second looks?": "possible label errors",
    r"sure (?:tiles?|slicks?|predictions?)": "high-confidence tiles",
    r"lines? of descent": "version tree",
    r"fine-tunings|(?:a|an|each|every|one|this|next) fine-tuning(?! run| job)": "fine-tuning run",
    # "per", not "a"
    r"(?:bits?|bytes?|images|tiles|MB|px|seconds?|meters?|crops|steps|once|one|two|times|batches|clicks) an? "
    r"(?:pixel|second|minute|tile|person|step|class|image|epoch|scene|file|page|line|process|row|folder|stage|batch)"
    "": "per",
    # models, tiles and runs have no wishes
    r"judges?|judged|judging": "compare, evaluate, select",
    r"likes|liked|likes? (?:the |old |new )?\w+ better": "scores higher",
    r"wants?(?! to)|wishes|wished": "needs, requests",
    r"(?:tells?|told)(?! apart)": "shows, states",
    r"knows|knew|known already": "contains, supports, recognizes",
    r"has a say": "counts",
    # clauses as nouns, private dialect
    r"what (?:does|do) not train": "held-out tiles",
    r"(?<!there )(?:is|are|was|be) no (?:number|folder|file|name|image|mask|hash|zip|checkpoint|suffix)"
    "": "is not a ...",
    r"goes on|go on|went on|going on": "continues, resumes",
    r"anew": "again",
    r"in vain": "without success",
    r"comes? (?:of|into being|by itself)": "a plain verb",
    r"(?:files?|folders?|images?|pictures?|it|they) (?:that )?(?:lies?|lay) (?:in|on|where|there|at)"
    "": "is in, is stored in",
    r"(?:is|are) of (?:no )?use": "is useful, is not useful",
    r"is nobody's": "a plain sentence",
    r"ends? early|ended early": "stop(s) early",
    r"sooner or later|by and by|now and then|once more": "a plain adverb",
    r"drawn blindly": "random sample",
    r"(?:first|last) end what": "finish ... first",
    r"passed by": "skipped",
    r"(?:it|that|which) cannot be(?= *[,.;:]|$)": "is not possible, because ...",
    r"so many": "a number, or: N",
    r"and the like": "a list, or: for example",
    r"(?:is|are) (?:taken|given) back": "is undone",
    r"took back|takes back|take(?:n)? it back": "undo, roll back",
    r"whatever": "any, every",
    r"amid": "during",
    r"abreast|aside|thereby|thereof|herein|hence|whence|hereby|withal": "a plain word",
}
_BANNED = [
    (re.compile(rf"(?<![\w/.-]){pattern}(?![\w/-])", re.IGNORECASE), pattern, better)
    for pattern, better in BANNED.items()
]


@dataclass(frozen=True)
class Text:
    """A text that people read, and where it is: "path:line"."""

    place: str
    text: str


def python_texts(path: Path) -> Iterator[Text]:
    """String constants with a space that are no docstrings; values in f-strings become X."""
    tree = ast.parse(path.read_text())
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
    where = path.relative_to(ROOT)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        else:
            continue
        if _is_prose(text):
            yield Text(f"{where}:{node.lineno}", text)


def error_texts(path: Path) -> Iterator[Text]:
    """Strings within `raise`."""
    tree = ast.parse(path.read_text())
    lines = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    for text in python_texts(path):
        if int(text.place.rsplit(":", 1)[1]) in lines:
            yield text


_JS_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
_JS_COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)


def javascript_texts(path: Path) -> Iterator[Text]:
    """String literals with a space; values in templates become X."""
    source = _JS_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), path.read_text())
    for found in _JS_STRING.finditer(source):
        text = re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "X", found[1] or found[2] or "")
        if _is_prose(text):
            yield Text(f"{path.relative_to(ROOT)}:{source.count(chr(10), 0, found.start()) + 1}", text)


def document_texts(path: Path) -> Iterator[Text]:
    """Paragraphs, list items and table rows of a Markdown file, without code."""
    code = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("```"):
            code = not code
        if code or line.startswith(("    ", "```")):
            continue
        plain = re.sub(r"`[^`]*`", "X", re.sub(r"\]\([^)]*\)", "]", line))
        if plain.strip():
            yield Text(f"{path.relative_to(ROOT)}:{number}", plain)


def _is_prose(text: str) -> bool:
    if "<" in text and ">" in text and "/" in text:  # markup
        return False
    words = re.findall(r"[A-Za-z]{2,}", text)
    return len(words) >= 2 and " " in text.strip() and "SELECT" not in text and "{" not in text


def interface_texts() -> list[Text]:
    """Every text of the pages and components, and every error message."""
    texts = []
    for path in (
        _files("seep/ui", "*.py") + _files("pages", "*.py") + _files("seep/cli", "*.py") + [ROOT / "app.py"]
    ):
        texts += python_texts(path)
    for path in _files("seep", "*.py"):
        if not path.is_relative_to(ROOT / "seep/ui") and not path.is_relative_to(ROOT / "seep/cli"):
            texts += error_texts(path)
    for path in _files("seep/ui/components", "*.js"):
        texts += javascript_texts(path)
    return texts


def document_paths() -> list[Path]:
    """README, changelog, contributing and every page of the documentation."""
    names = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
    return [*(ROOT / name for name in names), *_files("docs", "*.md")]


def _files(folder: str, pattern: str) -> list[Path]:
    return sorted((ROOT / folder).rglob(pattern))


def banned_phrases(texts: list[Text]) -> list[str]:
    """One line for each banned phrase: place, phrase, what to write instead."""
    return [
        f"{text.place}: {found[0]!r} -> {better} | {text.text.strip()[:90]}"
        for text in texts
        for pattern, _, better in _BANNED
        if (found := pattern.search(text.text))
    ]


def long_sentences(texts: list[Text]) -> list[str]:
    """One line for each sentence with more than `MAX_WORDS` words."""
    found = []
    for text in texts:
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", text.text):
            count = len(re.findall(r"[\w'’/.-]*[A-Za-z][\w'’/.-]*", sentence))
            if count > MAX_WORDS:
                found.append(f"{text.place}: {count} words | {sentence.strip()[:90]}")
    return found


if __name__ == "__main__":
    documents = [text for path in document_paths() for text in document_texts(path)]
    interface = interface_texts()
    print(*long_sentences(interface), *banned_phrases(interface), *banned_phrases(documents), sep="\n")
