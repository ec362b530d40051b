"""Splits a text into sentences: prose, Markdown and lists.

A full stop inside a number or a name ("2.1", "RP11-34P13.7") and after an abbreviation ("e.g.") ends no sentence. An
item of a list, a heading and a row of a table are sentences of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "eg",
        "ie",
        "cf",
        "vs",
        "approx",
        "ca",
        "al",
        "fig",
        "figs",
        "ref",
        "refs",
        "resp",
        "incl",
        "dr",
        "prof",
        "sect",
        "tab",
        "eq",
    ]
)
"""Words before a full stop that ends no sentence, without that stop and in lower case."""
_LIST_MARK = re.compile(r"^[ \t]*(?:[-*+•‣–—][ \t]+|\(?\d{1,2}[.)][ \t]+|#{1,6}[ \t]+|>[ \t]*|\|)")
_LINE = re.compile(r"[^\n]*\n?")
_END = re.compile(r"[.!?…]+[\"'”’)\]*_`]*(?=\s|$)")
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“]+$")


def split_sentences(text: str) -> list[str]:
    """Splits a text into sentences, each as it is written, with its full stop and without the mark of a list."""
    return [sentence for block in _blocks(text) for sentence in _sentences(block)]


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, headings, rows of tables and items of lists. An item goes on in indented lines, as in Markdown."""
    start = end = 0
    is_item = False
    for line in _LINE.finditer(text):
        mark = _LIST_MARK.match(line[0])
        is_heading = mark is not None and mark[0].lstrip().startswith(("#", "|"))
        leaves_item = is_item and not line[0][:1].isspace() and line[0][:1].isupper()
        if mark or leaves_item or not line[0].strip():
            yield text[start:end]
            start = line.start() + (mark.end() if mark else 0)
            is_item = mark is not None
        end = line.end()
        if is_heading:
            yield text[start:end]
            start, is_item = end, False
    yield text[start:end]


def _sentences(block: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(block):
        if not _is_abbreviation(block[start : end.start()], end[0], block[end.end() :]):
            yield from _trimmed(block[start : end.end()])
            start = end.end()
    yield from _trimmed(block[start:])


def _is_abbreviation(before: str, stop: str, after: str) -> bool:
    """Whether a full stop belongs to the word before it."""
    word = _WORD_BEFORE.search(before)
    if not stop.startswith(".") or stop.startswith("..") or word is None or not after.strip():
        return False
    return word[0].lower() in _ABBREVIATIONS or (word[0].lower() == "etc" and after.lstrip()[0].islower())


def _trimmed(sentence: str) -> Iterator[str]:
    if words := sentence.strip().strip("|").strip():
        yield words
