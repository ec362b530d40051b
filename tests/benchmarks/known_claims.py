"""Precision and recall of the claims that rest on files of the user, and what chance gives.

    python -m tests.benchmarks.known_claims --slides 60
    python -m tests.benchmarks.known_claims --slides 0 --real FOLDER --knowledge FOLDER

Synthetic slides with planted lists (`data_prep.synth.planted_knowledge`) give precision and recall, and the verdicts on
decoys. The same slides without the planted lists give what is found where no list has anything to do with the niches.

On real slides, whose niches are shuffled over the spots, nothing should be found. On real slides as they are, lists of
random genes, as large as real ones, tell how often a list is raised for no other reason than its niche; and cell types
whose genes are exchanged for any genes, how often a niche gets a name where no list fits.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data_prep.claims.checker import check
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, UNCLEAR, Claim
from data_prep.claims.evidence import SURE, weigh
from data_prep.claims.kinds.looks_like import named_type
from data_prep.claims.kinds.signals_to import NO_SIGNAL
from data_prep.claims.kinds.signature import NOT_RAISED, RAISED
from data_prep.claims.speaker import sentence
from data_prep.claims.vocabulary import CLAIM_TYPES
from data_prep.facts.facts import Facts
from data_prep.facts.known.known_facts import complex_name
from data_prep.facts.known.signatures import FEWEST_GENES, measure_signature
from data_prep.knowledge.gene_list import GENE_SET
from data_prep.knowledge.list_weights import list_weights
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from data_prep.synth.planted_knowledge import PROCESS, PlantedKnowledge, plant_knowledge
from tests.benchmarks.known_naming import RULES

KINDS = ("programme", "signature", "signals_to", "looks_like")
VERDICTS = (SUPPORTED, CONTRADICTED, UNCLEAR, UNCHECKABLE)
LISTS_A_SLIDE = 200
"""Lists of which `signature` is checked on a real slide, at most: there are thousands."""


@dataclass(frozen=True)
class Checked:
    """One claim.

    Attributes:
        kind: of the claim.
        verdict: of the check.
        is_true: whether it was planted.
        is_false: whether it was not planted, and is not raised by chance either (`_is_false`).
        decoy: kind of decoy that it is about; "planted" for a planted list in whatever niche; "" for a real list.
        slide: name of the slide.
        words: the claim and its value.
    """

    kind: str
    verdict: str
    is_true: bool
    is_false: bool
    decoy: str
    slide: str
    words: str


def check_planted(planted: PlantedKnowledge) -> Iterator[Checked]:
    """All claims about the lists of a synthetic slide. Lists are checked for the claim that they were planted for."""
    facts = Facts.measure(with_knowledge(planted.slide, planted.knowledge))
    for claim, key in _claims(facts, planted):
        entry = check(claim, facts)
        is_true = {
            "programme": (claim.other, claim.niche) in planted.programmes,
            "signature": (claim.other, claim.niche) in planted.signatures,
            "looks_like": (claim.other, claim.niche) in planted.types,
            "signals_to": (claim.gene, claim.other, claim.niche, claim.value) in planted.signals,
        }[claim.kind]
        decoy = planted.decoys.get(key, "planted")
        words = f"{entry.sentence} {entry.value}"
        is_false = not is_true and _is_false(claim, facts, planted.expected)
        yield Checked(claim.kind, entry.verdict, is_true, is_false, decoy, planted.slide.name, words)


def _is_false(claim: Claim, facts: Facts, expected: np.ndarray) -> bool:
    """Whether a claim that was not planted is false by the expected counts, too.

    A list whose genes share a patch is raised in the niche that the patch happens to cover. So a statistic that is
    above the limit of its kind without any noise makes no false claim.
    """
    if claim.kind not in ("signature", "signals_to"):
        return True
    slide = facts.slide

    def fold(columns: Sequence[int], niche: str) -> float:
        """log2 ratio of genes that are added up as one."""
        column = expected[:, columns]
        labelled = slide.niche >= 0
        rate = (column @ list_weights(column[labelled].sum(axis=0)))[labelled]
        own, depth = slide.spots_of(niche)[labelled], expected.sum(axis=1)[labelled]
        return float(np.log2(rate[own].sum() / depth[own].sum() / (rate[~own].sum() / depth[~own].sum())))

    if claim.kind == "signature":
        return fold(slide.knowledge.lists[claim.other].codes, claim.niche) <= NOT_RAISED
    sides = ((claim.gene, claim.niche), (claim.other, claim.value))
    return min(fold([slide.gene_index(part)], niche) for name, niche in sides for part in name.split("+")) <= NO_SIGNAL


def _claims(facts: Facts, planted: PlantedKnowledge) -> Iterator[tuple[Claim, str]]:
    """Claims, and what `PlantedKnowledge.decoys` calls their list."""
    known = facts.slide.knowledge
    for niche in facts.shapes:
        for label, mapped in known.lists.items():
            if mapped.of_list.kind == GENE_SET:
                kind = "programme" if label.startswith(PROCESS) else "signature"
                yield Claim(kind, niche=niche, other=label), label
        for name in known.types.names:
            yield Claim("looks_like", niche=niche, other=name), name
        for pair in known.pairs:
            ligand, receptor = complex_name(pair.ligand), complex_name(pair.receptor)
            for other in facts.known.bordering(niche):
                yield Claim("signals_to", ligand, niche, other, receptor), f"{ligand} {receptor}"


def real_slides(folder: Path) -> Iterator[Slide]:
    """The slides of a folder with each of their annotations."""
    with RULES.open(encoding="utf-8") as file:
        keys = sorted({(row["slide"], row["niche_key"]) for row in csv.DictReader(file, delimiter="\t")})
    for file_name, column in keys:
        if (folder / f"{file_name}.h5ad").is_file():
            yield from load_slides(
                [folder / f"{file_name}.h5ad"],
                ReadOptions(niche_keys=(column,), drop_small_niches=True),
            )


def shuffled(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with the niches of its labelled spots in random order."""
    niche = slide.niche.copy()
    niche[slide.niche >= 0] = rng.permutation(niche[slide.niche >= 0])
    return replace(slide, niche=niche)


def check_real(slide: Slide, rng: np.random.Generator) -> Iterator[Checked]:
    """All claims about programmes, types and signals of a slide with knowledge, and some about signatures."""
    facts = Facts.measure(slide)
    known = slide.knowledge
    lists = [label for label, mapped in known.lists.items() if len(mapped.codes)]
    some = [lists[at] for at in rng.permutation(len(lists))[:LISTS_A_SLIDE]]
    for niche in facts.shapes:
        claims = [Claim("signature", niche=niche, other=label) for label in some]
        claims += [
            Claim("programme", niche=niche, other=label) for label in lists if label in facts.known.programmes.labels
        ]
        claims += [Claim("looks_like", niche=niche, other=name) for name in known.types.names]
        claims += [
            Claim("signals_to", complex_name(pair.ligand), niche, other, complex_name(pair.receptor))
            for other in facts.known.bordering(niche)
            for pair in known.pairs
        ]
        for claim in claims:
            evidence = CLAIM_TYPES[claim.kind].check(claim, facts)
            words = f"{sentence(claim, real_names=True)} {evidence.words}"
            yield Checked(claim.kind, evidence.verdict, False, True, "", slide.name, words)


def check_random_lists(slide: Slide, rng: np.random.Generator) -> Iterator[Checked]:
    """Signatures of lists of random genes with counts, as large as real lists, on a slide with knowledge."""
    facts = Facts.measure(slide)
    seen = np.flatnonzero(facts.known.has_counts)
    sizes = [int(facts.known.has_counts[mapped.codes].sum()) for mapped in slide.knowledge.lists.values()]
    sizes = [size for size in sizes if size >= FEWEST_GENES]
    for _ in range(LISTS_A_SLIDE):
        size = int(rng.choice(sizes))
        signature = measure_signature(facts.tissue, np.sort(rng.choice(seen, size, replace=False)))
        for niche in facts.shapes:
            evidence = weigh(signature.of(slide.niche_index(niche)), RAISED, NOT_RAISED, sure=SURE)
            words = f"{niche}: {evidence.words} over {size} genes"
            yield Checked("signature", evidence.verdict, False, True, "random", slide.name, words)
    # The types keep their sizes and what they share, but their genes are any genes.
    column = np.arange(slide.n_genes)
    column[seen] = rng.permutation(seen)
    types = replace(slide.knowledge.types, weights=slide.knowledge.types.weights[column].tocsc())
    facts = Facts.measure(replace(slide, knowledge=replace(slide.knowledge, types=types)))
    for niche in facts.shapes:
        name = named_type(facts, niche)
        words = sentence(Claim("looks_like", niche=niche, other=name or "no type"), real_names=True)
        yield Checked("looks_like", SUPPORTED if name else UNCLEAR, False, True, "random", slide.name, words)


def tell_planted(checked: list[Checked], *, tells: bool) -> None:
    """Prints precision, recall and the verdicts on decoys."""
    print(
        "kind\tplanted\tsupported\twrong\tprecision\trecall\tof the planted: supported/contradicted/unclear/uncheckable"
    )
    for kind in KINDS:
        of_kind = [one for one in checked if one.kind == kind]
        true = Counter(one.verdict for one in of_kind if one.is_true)
        n_wrong = sum(one.verdict == SUPPORTED and one.is_false for one in of_kind)
        n_said = sum(one.verdict == SUPPORTED for one in of_kind)
        print(
            f"{kind}\t{true.total()}\t{n_said}\t{n_wrong}\t{true[SUPPORTED] / max(true[SUPPORTED] + n_wrong, 1):.3f}\t"
            f"{true[SUPPORTED] / max(true.total(), 1):.3f}\t{'/'.join(str(true[verdict]) for verdict in VERDICTS)}"
        )
    print("\nkind\tdecoy (planted: in another niche)\tsupported\tcontradicted\tunclear\tuncheckable")
    by_decoy: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in checked:
        if one.is_false:
            by_decoy[one.kind, one.decoy][one.verdict] += 1
    for (kind, decoy), verdicts in sorted(by_decoy.items()):
        print(f"{kind}\t{decoy}\t" + "\t".join(str(verdicts[verdict]) for verdict in VERDICTS))
    for one in checked if tells else ():
        if one.is_true != (one.verdict == SUPPORTED):
            what = "missed" if one.is_true else "wrong" if one.is_false else "raised by chance"
            print(f"{what}\t{one.slide}\t{one.decoy}\t{one.verdict}\t{one.words}")


def tell_null(checked: list[Checked], kinds: tuple[str, ...] = KINDS, *, tells: bool = False) -> None:
    """Prints the share of supported claims among those that can be checked, and of slides with any."""
    print("kind\tclaims\tsupported\tshare\tslides with any")
    for kind in kinds:
        of_kind = [one for one in checked if one.kind == kind and one.is_false and one.verdict != UNCHECKABLE]
        said = [one for one in of_kind if one.verdict == SUPPORTED]
        slides = {one.slide for one in of_kind}
        with_any = {one.slide for one in said}
        share = len(said) / max(len(of_kind), 1)
        print(f"{kind}\t{len(of_kind)}\t{len(said)}\t{share:.4f}\t{len(with_any)} of {len(slides)}")
        for one in said if tells else ():
            print(f"  {one.slide}\t{one.words}")


def tell_named(checked: list[Checked]) -> None:
    """Prints the share of niches that look like any type."""
    niches = {(one.slide, one.words.partition(" looks most like ")[0]) for one in checked if one.kind == "looks_like"}
    named = {
        (one.slide, one.words.partition(" looks most like ")[0])
        for one in checked
        if one.kind == "looks_like" and one.verdict == SUPPORTED
    }
    print(f"niches that look like a type: {len(named)} of {len(niches)} ({len(named) / max(len(niches), 1):.3f})")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slides", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="seed of the first slide")
    parser.add_argument("--tell", action="store_true", help="print every mistake")
    parser.add_argument("--real", type=Path)
    parser.add_argument("--knowledge", type=Path)
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.slides)
    if arguments.slides:
        tell_planted([one for seed in seeds for one in check_planted(plant_knowledge(seed))], tells=arguments.tell)
        print("\nnothing planted")
        none = [one for seed in seeds for one in check_planted(plant_knowledge(seed, planted=False))]
        tell_null(none, tells=arguments.tell)
        tell_named(none)
    if not arguments.real or not arguments.knowledge or not arguments.real.is_dir():
        return
    knowledge, rng = read_knowledge([arguments.knowledge]), np.random.default_rng(0)
    shuffles: list[Checked] = []
    random: list[Checked] = []
    for slide in real_slides(arguments.real):
        known = with_knowledge(slide, knowledge)
        shuffles += check_real(shuffled(known, rng), rng)
        random += check_random_lists(known, rng)
    print("\nreal slides, niches shuffled over spots")
    tell_null(shuffles, tells=arguments.tell)
    tell_named(shuffles)
    print("\nlists of random genes on real slides")
    tell_null(random, ("signature",), tells=arguments.tell)
    tell_named(random)
    for name in dict.fromkeys(one.slide for one in random):
        of_slide = Counter(one.verdict for one in random if one.slide == name and one.kind == "signature")
        print(f"{name}\t{of_slide.total()}\t{of_slide[SUPPORTED] / max(of_slide.total(), 1):.4f}")


if __name__ == "__main__":
    main()
