"""Planted sentences about genes: how many false ones the check of faithfulness strikes, and how many true ones pass.

    python -m tests.benchmarks.planted_text FILE... [--genes 3000] [--seed 0] [--retrieval 0]

FILE is a gene table with summaries. False sentences are made of true ones by one change each. None of the makers knows
the rules of the check. A false sentence that the gene's own summary has by chance is left out. `--retrieval N` asks N
genes (0 for all) and checks the answers that are drawn from the sources.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data_prep.knowledge.gene_list import GeneRecord
from inference.gene_text.extractive import answer_from_sources
from inference.gene_text.faithfulness import check_faithful
from tests.benchmarks.planted_sentences import TRUE_KINDS, SentenceMaker

ASKED = (
    "What does the gene {} do?",
    "In which disease is {} involved?",
    "Where is {} expressed?",
    "What does {} bind to?",
)


def run(records: Sequence[GeneRecord], n_genes: int, seed: int) -> dict[str, Counter[bool]]:
    """Kind → how often the planted sentence was supported, and how often not. Prints sentences that went wrong."""
    results: dict[str, Counter[bool]] = defaultdict(Counter)
    for item in SentenceMaker(records, seed).planted(n_genes):
        checked = check_faithful(item.answer, item.records)
        supported = all(s.is_supported for s in checked) if item.is_true else checked[-1].is_supported
        results[item.kind][supported] += 1
        if supported != item.is_true and not item.is_true:
            print(f"PASSED: {item.kind}: {item.records[0].symbol}: {item.answer}")
    return results


def ask_all(records: Sequence[GeneRecord], n_genes: int, seed: int) -> tuple[int, int, int]:
    """(answers, their sentences, sentences that the cited line does not support) of answers drawn from the sources."""
    chosen = random.Random(seed).sample(list(records), n_genes or len(records))
    n_answers = n_sentences = n_wrong = 0
    for record in chosen:
        for question in ASKED:
            answer = answer_from_sources(question.format(record.symbol), [record])
            checked = check_faithful(answer.text, [record])
            cited = [(s.number, s.citation) for s in answer.sentences]
            n_answers += bool(cited)
            n_sentences += len(cited)
            n_wrong += len(cited) if [(s.number, s.citation) for s in checked] != cited else 0
    return n_answers, n_sentences, n_wrong


def main() -> int:
    from data_prep.knowledge.reading import read_knowledge

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--genes", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--retrieval", type=int, default=0, help="genes that are asked about; 0 for all")
    given = parser.parse_args()
    records = [replace(record) for record in read_knowledge(given.files).genes if record.summary]
    results = run(records, given.genes, given.seed)
    true = {*TRUE_KINDS, "verbatim, whole summary"}
    for title, wanted in (("false sentences struck", False), ("true sentences passed", True)):
        kinds = {kind: counts for kind, counts in results.items() if (kind in true) == wanted}
        total = sum((counts for counts in kinds.values()), Counter())
        for kind, counts in kinds.items():
            print(f"{kind:48} {counts[wanted]:6} of {counts.total():6}  {counts[wanted] / counts.total():7.2%}")
        print(f"{title.upper():48} {total[wanted]:6} of {total.total():6}  {total[wanted] / total.total():7.2%}\n")
    answers, sentences, wrong = ask_all(records, given.retrieval, given.seed)
    print(f"answers from the sources: {answers}, sentences {sentences}, not supported by their own citation {wrong}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
