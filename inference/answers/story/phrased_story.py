"""A story in a large model's words, with everything struck that neither the counts nor the sources support.

The model gets the story's own sentences and is asked to write them as one paragraph. Whatever it writes is checked
sentence by sentence: a claim against the counts and the files, any other sentence against the summaries of the genes
that the story cites. A sentence that nothing supports is struck, also where it may be true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR, Names, measured_words
from data_prep.facts.facts import Facts
from data_prep.figures.spec import FigureSpec
from data_prep.gene_text.summary_sentences import text_sentences
from data_prep.knowledge.citation import Citation
from data_prep.tasks import Question
from inference.answers.ledger import check_answer
from inference.answers.story.niche_story import CITED, REMARK, NicheStory
from inference.engine.engine import Engine
from inference.gene_text.faithfulness import check_faithful

NOT_SUPPORTED = "not supported"
"""Verdict of a sentence that neither counts nor sources support."""
STRUCK = (NOT_SUPPORTED, CONTRADICTED, UNCLEAR)
"""What the counts cannot tell is not supported by them either."""
MAX_NEW_TOKENS = 700
_PROMPT = (
    "Write one paragraph for a biologist about the niche {niche} in the picture (black). Use the statements below, one "
    "sentence each, in an order that reads well. Keep their words and their names. Add nothing that they do not say.\n"
    "{statements}"
)


@dataclass(frozen=True)
class PhrasedSentence:
    """One sentence of a model.

    Attributes:
        words: the sentence.
        verdict: supported, contradicted, unclear, cited, or "not supported".
        note: the numbers or lines behind the verdict, or why there are none.
        sources: lines of the files that support it.
    """

    words: str
    verdict: str
    note: str = ""
    sources: tuple[Citation, ...] = ()

    @property
    def is_struck(self) -> bool:
        """Whether it is shown struck through."""
        return self.verdict in STRUCK

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {"text": self.words, "verdict": self.verdict, "is_struck": self.is_struck, "note": self.note}


def phrase_story(engine: Engine, facts: Facts, story: NicheStory) -> tuple[PhrasedSentence, ...]:
    """Asks a model to write a story, and checks what it writes.

    Args:
        engine: a model that writes prose.
        facts: of the slide, with a canvas of the engine's image size.
        story: of a niche.
    """
    statements = "\n".join(f"- {sentence.words}" for sentence in story.sentences if sentence.kind != REMARK)
    if not statements:
        return ()
    spec = FigureSpec("niche", niche=story.niche, size=facts.canvas.size)
    prompt = _PROMPT.format(niche=story.niche, statements=statements)
    question = Question((facts.canvas.pixels(spec),), prompt, Names(), (spec,))
    (text,) = engine.answer([question], max_new_tokens=MAX_NEW_TOKENS)
    return check_phrased(text, facts, story)


def check_phrased(text: str, facts: Facts, story: NicheStory) -> tuple[PhrasedSentence, ...]:
    """Checks each sentence of a text about a niche against the counts, the files and the cited summaries.

    Args:
        text: any text.
        facts: of the slide.
        story: of the niche; the genes whose functions it cites are those whose summaries may support a sentence.
    """
    known = facts.slide.knowledge
    genes = [sentence.words.partition(":")[0].split(" ")[0] for sentence in story.sentences if sentence.kind == CITED]
    records = [record for gene in genes if known is not None and (record := known.record(gene)) is not None]
    sentences = text_sentences(text)
    by_source = check_faithful(text, records)
    checked = []
    for words, faithful in zip(sentences, by_source, strict=True):
        phrased = _by_counts(words, facts)
        if phrased.verdict == NOT_SUPPORTED and faithful.citation is not None:
            phrased = PhrasedSentence(words, CITED, f"Source: {faithful.citation}", (faithful.citation,))
        elif phrased.verdict == NOT_SUPPORTED and faithful.reason:
            phrased = PhrasedSentence(words, NOT_SUPPORTED, faithful.reason)
        checked.append(phrased)
    return tuple(checked)


def _by_counts(words: str, facts: Facts) -> PhrasedSentence:
    """A sentence by the counts alone, and by the files where it says what is known."""
    found = check_answer(words, Names(), facts).sentences
    verdicts = {sentence.verdict for sentence in found}
    if verdicts and verdicts <= {SUPPORTED, CONTRADICTED, UNCLEAR}:
        verdict = next(one for one in (CONTRADICTED, UNCLEAR, SUPPORTED) if one in verdicts)
        entries = [entry for sentence in found for entry in sentence.entries]
        sources = tuple(source for entry in entries for source in entry.sources)
        return PhrasedSentence(words, verdict, "; ".join(map(measured_words, entries)), sources)
    if CONTRADICTED in verdicts:
        return PhrasedSentence(words, CONTRADICTED, "the counts contradict a part of it")
    return PhrasedSentence(words, NOT_SUPPORTED, "neither the counts nor the sources say this")
