"""True and false sentences about genes, made of the sentences of their summaries by one change each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from data_prep.gene_text.summary_sentences import summary_sentences
from data_prep.knowledge.gene_list import GeneRecord

ANTONYMS = (
    ("activates", "inhibits"),
    ("activation", "inhibition"),
    ("activator", "inhibitor"),
    ("activate", "inhibit"),
    ("increases", "decreases"),
    ("increased", "decreased"),
    ("increase", "decrease"),
    ("promotes", "prevents"),
    ("positively", "negatively"),
    ("positive", "negative"),
    ("upregulated", "downregulated"),
    ("stimulates", "represses"),
    ("induces", "suppresses"),
    ("enhances", "reduces"),
    ("agonist", "antagonist"),
    ("dominant", "recessive"),
    ("early", "late"),
    ("high", "low"),
    ("proximal", "distal"),
    ("intracellular", "extracellular"),
    ("import", "export"),
    ("inner", "outer"),
    ("pro-apoptotic", "anti-apoptotic"),
    ("oncogene", "tumor suppressor"),
    ("membrane", "nucleus"),
    ("cytoplasm", "mitochondrion"),
    ("brain", "liver"),
    ("heart", "kidney"),
    ("testis", "ovary"),
    ("kinase", "phosphatase"),
    ("ligand", "receptor"),
    ("essential", "dispensable"),
)
HEDGES = (
    (r"\bmay be\b", "is"),
    (r"\bmay play\b", "plays"),
    (r"\bmay function\b", "functions"),
    (r"\bmay (?=\w+ )", ""),
    (r"\b(?:is|are) (?:thought|believed|predicted|proposed|likely) to be\b", "is"),
    (r"\bappears to be\b", "is"),
    (r"\bhas been suggested to\b", "is known to"),
    (r"\b(?:probably|possibly|likely|potentially|putatively) ", ""),
    (r"\bputative |\bpotential |\bprobable ", ""),
    (r"\bcan\b", "does"),
    (r"\bsuggests? that\b", "shows that"),
)
QUALIFIERS = (
    r" in (?:mice|mouse|rats?|yeast|Drosophila|zebrafish|vitro|vivo)\b",
    r" (?:only|primarily|predominantly|mainly|mostly|exclusively|partially|preferentially|specifically|weakly)\b",
    r"\bat least in part,? | in part\b",
    r" (?:some|several|certain|many|most|rare|approximately|about)(?= \w)",
    r" (?:during|under|upon|after|in response to|in the absence of|in the presence of) (?:[\w-]+ ){0,3}[\w-]+(?=[,.])",
    r" (?:in|by) (?:patients|humans|cultured cells|adults?|embryos?)\b",
)
DISEASE = re.compile(
    r"\b(?:cause[sd]?|result(?:s|ed)? in|lead to|associated with|responsible for) ([^.,;]{8,60}?)(?=[.,;])"
)
VERB = re.compile(
    r"\b(is|are|was|were|has|have|can|may|encodes|plays|functions|acts|binds|belongs|contains|causes|regulates|catalyzes|"
    r"mediates|inhibits|activates|interacts|localizes|forms)\b"
)
Make = Callable[["SentenceMaker", GeneRecord, str], str | None]


@dataclass(frozen=True)
class Planted:
    """A sentence whose truth is known.

    Attributes:
        kind: how it was made.
        answer: the text that is checked; its last sentence is the planted one.
        records: the genes that the check is given.
        is_true: whether the source says it.
    """

    kind: str
    answer: str
    records: tuple[GeneRecord, ...]
    is_true: bool


class SentenceMaker:
    """Makes planted sentences of the records of a table."""

    def __init__(self, records: Sequence[GeneRecord], seed: int) -> None:
        self.records = list(records)
        self.rng = random.Random(seed)
        self.symbols = {record.symbol for record in records}
        self.sentences = {record.symbol: summary_sentences(record.summary) for record in records}
        self.diseases = sorted(
            {found[1] for told in self.sentences.values() for text in told for found in DISEASE.finditer(text)}
        )

    def other(self, record: GeneRecord) -> GeneRecord:
        """Another gene, drawn at random."""
        return next(some for _ in range(100) if (some := self.rng.choice(self.records)).symbol != record.symbol)

    def planted(self, n_genes: int) -> Iterator[Planted]:
        """Planted sentences about some genes, one of each kind where the sentence allows it."""
        chosen = self.rng.sample(self.records, min(n_genes, len(self.records)))
        for record in chosen:
            own = self.sentences[record.symbol]
            known = {plain(text, record.symbol) for text in own}
            for kind, make in FALSE_KINDS.items():
                text = self.rng.choice(own)
                candidates = [text, *self.rng.sample(own, len(own))]
                made = next(
                    (some for text in candidates if (some := make(self, record, text)) not in (None, text)), None
                )
                if made is not None and plain(made, record.symbol) not in known:
                    yield Planted(kind, made, (record,), False)
            yield from self._of_two_genes(record)
            for kind, make in TRUE_KINDS.items():
                made = next((some for text in own if (some := make(self, record, text)) not in (None, text)), None)
                if made is not None:
                    yield Planted(kind, made, (record,), True)
            yield Planted("verbatim, whole summary", " ".join(own), (record,), True)

    def _of_two_genes(self, record: GeneRecord) -> Iterator[Planted]:
        """Sentences of one gene that are said of another one, where the check knows both."""
        other = self.other(record)
        text = self.rng.choice(self.sentences[other.symbol])
        said = name_gene(text, record.symbol)
        own = self.sentences[record.symbol]
        if said and plain(said, record.symbol) not in {plain(one, record.symbol) for one in own}:
            yield Planted("another gene's sentence, both known", said, (record, other), False)
            yield Planted(
                "another gene's sentence, both known, labelled", f"{record.symbol}: {text}", (record, other), False
            )
        if re.match(r"(?:This gene|The encoded protein|The protein encoded by this gene)\b", own[0]):
            answer = f"{other.symbol} is a gene. {own[0]}"
            yield Planted("true words after a sentence on another gene", answer, (record,), False)


def plain(text: str, symbol: str) -> str:
    """The words of a sentence in lower case, without brackets and a first article; the gene is one word."""
    own = re.escape(symbol)
    mention = "the protein encoded by this gene|the encoded protein|this gene product|this gene|this protein"
    of_own = rf"(?:the )?{own} (?:gene product|gene|protein|product)|\b{own}\b"
    text = re.sub(rf"{mention}|{of_own}", "GENE", re.sub(r" \([^()]*\)", "", text), flags=re.IGNORECASE)
    text = re.sub(r"^(?:in addition, )?(?:(?:a|an|the) )?", "", text, flags=re.IGNORECASE)
    return " ".join(re.findall(r"\w+", text.lower()))


def name_gene(text: str, symbol: str) -> str | None:
    """A sentence on "this gene" with a symbol instead; None if it does not speak of "this gene"."""
    named = re.sub(r"^The protein encoded by this gene\b|^The encoded protein\b", f"The {symbol} protein", text)
    named = re.sub(r"\b[Tt]his gene\b", symbol, named)
    return named if named != text else None


def add_negation(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    found = VERB.search(text)
    if not found or re.search(r"\bnot\b", text):
        return None
    verb = found[1]
    if verb in ("is", "are", "was", "were", "can", "may", "has", "have"):
        new = f"{verb} not"
    else:
        new = f"does not {verb.removesuffix('s')}"
    return text[: found.start()] + new + text[found.end() :]


def drop_negation(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return re.sub(r"\b(?:not|no longer|never) |(?<=can)not\b", "", text, count=1)


def swap_antonym(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    pairs = [pair for both in ANTONYMS for pair in (both, both[::-1])]
    usable = [(a, b) for a, b in pairs if re.search(rf"\b{a}\b", text)]
    if not usable:
        return None
    a, b = maker.rng.choice(usable)
    return re.sub(rf"\b{a}\b", b, text, count=1)


def change_number(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    numbers = list(re.finditer(r"\d+", text))
    if not numbers:
        return None
    found = maker.rng.choice(numbers)
    return text[: found.start()] + str(int(found[0]) + maker.rng.randint(1, 3)) + text[found.end() :]


def swap_entity(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    words = [
        word for word in re.findall(r"[A-Z][A-Z0-9-]{2,}", text) if word in maker.symbols and word != record.symbol
    ]
    return text.replace(maker.rng.choice(words), maker.other(record).symbol, 1) if words else None


def swap_own_symbol(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return name_gene(text, maker.other(record).symbol)


def take_other_sentence(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    other = maker.other(record)
    taken = maker.rng.choice(maker.sentences[other.symbol])
    return (name_gene(taken, record.symbol) or taken).replace(other.symbol, record.symbol)


def drop_hedge(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    usable = [(pattern, new) for pattern, new in HEDGES if re.search(pattern, text)]
    return re.sub(*maker.rng.choice(usable), text, count=1) if usable else None


def drop_qualifier(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    usable = [pattern for pattern in QUALIFIERS if re.search(pattern, text)]
    return re.sub(maker.rng.choice(usable), "", text, count=1) if usable else None


def swap_disease(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    found = DISEASE.search(text)
    return text[: found.start(1)] + maker.rng.choice(maker.diseases) + text[found.end(1) :] if found else None


def splice_own(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return _splice(text, maker.rng.choice(maker.sentences[record.symbol]))


def splice_other(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return _splice(text, maker.rng.choice(maker.sentences[maker.other(record).symbol]))


def _splice(text: str, donor: str) -> str | None:
    first, second = VERB.search(text), VERB.search(donor)
    if not first or not second or text == donor:
        return None
    return text[: first.start()] + donor[second.start() :]


def append_clause(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return f"{text.rstrip('.')}, which causes {maker.rng.choice(maker.diseases)}."


def cut_short(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    """A sentence whose end, which limits it, is cut off."""
    found = re.search(r",? (?:but|except|unless|if|only|in the absence of|rather than|although|however)\b", text)
    return f"{text[: found.start()]}." if found and found.start() > 20 else None


def swap_order(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    """Who acts on whom is turned round."""
    found = re.search(r"\b([A-Z][A-Z0-9]{2,}) (\w+s) ([A-Z][A-Z0-9]{2,})\b", text)
    return text[: found.start()] + f"{found[3]} {found[2]} {found[1]}" + text[found.end() :] if found else None


FALSE_KINDS: dict[str, Make] = {
    "negation inserted": add_negation,
    "negation removed": drop_negation,
    "antonym swapped": swap_antonym,
    "number changed": change_number,
    "other gene in the sentence swapped": swap_entity,
    "own symbol swapped": swap_own_symbol,
    "another gene's sentence, symbol exchanged": take_other_sentence,
    "hedge dropped": drop_hedge,
    "qualifier dropped": drop_qualifier,
    "disease swapped": swap_disease,
    "spliced within the summary": splice_own,
    "spliced with another gene's": splice_other,
    "false clause appended": append_clause,
    "limiting end cut off": cut_short,
    "order of two genes turned": swap_order,
}


def keep(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return f"{text} [1]" if re.match(r"(?:This gene|The encoded protein|The protein encoded)\b", text) else None


def name_own(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    is_about_it = re.match(
        r"(?:This gene|The encoded protein|The protein encoded by this gene|Mutations in this gene)\b", text
    )
    return name_gene(text, record.symbol) if is_about_it else None


def name_bare(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    return re.sub(r"^(?:The protein encoded by this gene|The encoded protein|This gene)\b", record.symbol, text)


def drop_bracket(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    if not re.match(r"(?:This gene|The encoded protein|The protein encoded)\b", text):
        return None
    return re.sub(r" \([^()]*\)(?=[ ,.])", "", text, count=1)


def drop_clause(maker: SentenceMaker, record: GeneRecord, text: str) -> str | None:
    if not re.match(r"(?:This gene|The encoded protein|The protein encoded)\b", text):
        return None
    return re.sub(r", (?:which|where) [^,;]*\.$", ".", text)


TRUE_KINDS: dict[str, Make] = {
    "verbatim, with a citation mark": keep,
    "named by symbol": name_own,
    "named by the bare symbol": name_bare,
    "bracket left out": drop_bracket,
    "last clause left out": drop_clause,
}
