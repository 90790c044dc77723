"""Interface, error messages and documentation are in plain English; `python -m tests.wording` lists what is not."""

from pathlib import Path

import pytest

from tests.wording import (
    Text,
    banned_phrases,
    document_paths,
    document_texts,
    error_texts,
    interface_texts,
    javascript_texts,
    long_sentences,
    python_texts,
)


def test_no_banned_phrase_in_the_interface_or_in_errors() -> None:
    assert banned_phrases(interface_texts()) == []


def test_sentences_of_the_interface_and_of_errors_are_short() -> None:
    assert long_sentences(interface_texts()) == []


@pytest.mark.parametrize("path", document_paths(), ids=lambda path: path.name)
def test_no_banned_phrase_in_a_document(path: Path) -> None:
    assert banned_phrases(list(document_texts(path))) == []


def test_the_checks_find_what_they_look_for() -> None:
    texts = [
        Text("a.py:1", "Tiles that the model judges."),
        Text("a.py:2", "word " * 26),
        Text("a.py:3", "Bits per pixel"),
    ]
    assert [line.split(":")[1] for line in banned_phrases(texts)] == ["1"]
    assert [line.split(":")[1] for line in long_sentences(texts)] == ["2"]


def test_texts_are_read_from_python_and_javascript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.wording.ROOT", tmp_path)
    script, module = tmp_path / "a.js", tmp_path / "a.py"
    script.write_text('// a comment, "not this"\nconst text = `Save ${count} tiles`;\n')
    module.write_text('"""Not a docstring."""\n\nif x:\n    raise E(f"No room for {x}." "Sorry.")\n')
    assert list(javascript_texts(script)) == [Text("a.js:2", "Save X tiles")]
    assert list(python_texts(module)) == list(error_texts(module)) == [Text("a.py:4", "No room for X.Sorry.")]
