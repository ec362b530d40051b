"""Topics: what a sentence of a gene summary tells, and what a question asks for.

The patterns were written for RefSeq summaries, whose sentences follow few forms ("Mutations in this gene cause ...",
"This gene encodes ..."). A sentence may tell several things, or nothing that anybody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FUNCTION, DISEASE, LOCATION, EXPRESSION = "function", "disease", "location", "expression"
FAMILY, PARTNERS = "family", "partners"
TOPICS = (FUNCTION, DISEASE, LOCATION, EXPRESSION, FAMILY, PARTNERS)

_OF_THE_GENE = (
    r"(?:this|the|these|encoded|its|human)\s(?!(?:rat|mouse|murine|mice|yeast|drosophila|bovine|chicken|rabbit|pig|"
    r"xenopus|zebrafish|homologous|orthologous|similar|other|same|adjacent|neighboring)\b)(?:\w+\s){0,2}?"
    r"(?:gene|protein|product|locus|enzyme|receptor|transcript|rna)\b"
)
"""The gene or its product, not that of another organism."""
_HOUSEKEEPING = re.compile(
    r"transcript(?:ion)? variants?|splic(?:e|ing) variants?|alternate(?:ly)? (?:splic|promoter)|alternative(?:ly)? "
    r"(?:splic|promoter|transcript|translation|polyadenyl)|pseudogene|full-length nature|multiple isoforms|"
    r"(?:distinct|different|multiple|several|two|three|four) (?:\w+ )?isoforms|read-?through|nonsense-mediated|"
    r"(?:on|to|of|in) (?:the (?:long|short) arm of )?chromosomes?\b|chromosomal (?:location|region|band)|"
    r"gene (?:cluster|contains \d|consists of|spans)|\d+ exons|intron|polya\b|polyadenylation|single[- ]exon|"
    r"gene structure|transcription unit|"
    r"in a cluster|tandem|immediately (?:up|down)stream|nomenclature|has been (?:re)?named|gene symbol|"
    r"provisional|not been determined|unknown function|function (?:of \w+ \w+ )?(?:is|remains) (?:un|not )",
    re.IGNORECASE,
)
"""What summaries say of every gene: transcripts, pseudogenes, exons, the place on a chromosome."""

_CONDITION = re.compile(
    r"\b(?:disease|syndrome|disorder|cancer|carcinoma|tumou?rs?|leuk(?:a)?emia|lymphoma|melanoma|diabetes|obesity|"
    r"asthma|epilepsy|deafness|blindness|hearing loss|infertility|retardation|intellectual disability|autism|"
    r"schizophrenia|dementia|ataxia|dystrophy|anemia|malformations?|dysplasia|deficiency|hypertension|infection|"
    r"susceptibility|patients|autosomal (?:dominant|recessive)|x-linked|malignan\w+|"
    r"\w+(?:itis|oma|osis|opathy|uria|emia|plegia|trophy|cephaly|dactyly))\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:mutation|defect|deletion|duplication|polymorphism|variation|variant|allele|translocation|rearrangement|"
    r"haploinsufficiency|deficienc(?:y|ies)|overexpress\w+|amplifi\w+|expansion|loss of|dysregulat\w+|dysfunction|"
    r"aberrant|absence of|impair\w+|lack of|mutated|fusion)s?\b.*\b(?:caus\w+|associat\w+|result\w*|lead\w*|link\w+|"
    r"implicat\w+|responsible|found in|identified in|contribut\w+|characteri[sz]ed|involved|play\w*|increas\w+|"
    r"occur\w*|underl\w+|confer\w*|affect\w*|give rise)\b"
    r"|\b(?:associated with|implicated in|linked to|cause of|involved in|risk (?:of|for|factor)|susceptibility to|"
    r"candidate (?:gene )?for|role in|target (?:for|in)|marker (?:for|of)|mutated in|upregulated in|downregulated in|"
    r"overexpressed in)\b",
    re.IGNORECASE,
)
_PART_OF_CELL = (
    r"(?:nucle(?:us|i|ol\w+|oplasm)|nuclear (?!recept|factor|gene|encoded)\w+|cytoplasm|cytoplasmic (?!domain|"
    r"tail)\w+|cytosol(?:ic)?|mitochondri(?:a|on|al (?:matrix|\w* ?membranes?))|(?:cell|plasma|nuclear|inner|outer|"
    r"basolateral|apical|basement) membranes?|endoplasmic reticulum|"
    r"golgi\w*|lysosom\w+|peroxisom\w+|endosom\w+|vesicles?|centrosom\w*|centriol\w+|cilia|cilium|spindle|"
    r"kinetochore|cytoskelet\w+|extracellular (?:matrix|space)|synap\w+|dendrit\w+|axons?|junctions?|"
    r"cell surface|ribosom\w*|granules?|sarcom\w+|z-discs?|microtubules|plasma membrane|nuclear envelope)"
)
_LOCATED = re.compile(
    r"\b(?:locali[sz]\w+|colocali[sz]\w+|located|found|resid\w+|present|anchor\w+|embedded|translocat\w+|"
    rf"associat\w+ with the|secreted|shuttl\w+|targeted|accumulat\w+)\b[^.;]*\b{_PART_OF_CELL}\b"
    r"|\bis (?:a |an )?(?:secreted|integral membrane|transmembrane|type i+ (?:trans)?membrane|nuclear|mitochondrial|"
    r"cytoplasmic|cytosolic|lysosomal|peroxisomal|peripheral membrane)\b(?! (?:domain|tail|antigen|receptor))",
    re.IGNORECASE,
)
_TISSUE = (
    r"(?:tissues?|brain|liver|kidneys?|heart|lungs?|muscles?|testis|testes|ovar\w+|placenta\w*|pancrea\w+|spleen|"
    r"thymus|"
    r"retina\w*|skin|intestin\w+|colon|stomach|blood|bone|marrow|prostate|breast|mammary|uter\w+|thyroid|adrenal|"
    r"pituitary|neur\w+|cells?(?! (?:division|cycle|death|surface|growth|prolif|adhesion|membrane|migra|surviv))|"
    r"lymph\w+|leukocytes?|macrophages?|keratinocytes?|epitheli\w+|endotheli\w+|fibroblasts?|"
    r"embryo\w*|fetal|fetus|adult|cerebell\w+|hippocamp\w+|cort\w+|spermat\w+|oocytes?|cochlea\w*|eye|lens|glands?|"
    r"astrocytes?|organs?|ubiquitous\w*)"
)
_EXPRESSED = re.compile(
    rf"\b(?:(?:is|are|was|be|being|been|and) (?:\w+(?:ly|-specifically) |most |also |only |not ){{0,3}}(?:expressed|"
    rf"transcribed|"
    rf"detected|found|enriched|abundant)|expression (?:of this gene |of the \w+ \w+ )?(?:is|has been|was|occurs|"
    rf"in))\b[^.;]*\b{_TISSUE}\b"
    r"|\bubiquitous(?:ly)?\b[^.;]*\bexpress|\bexpress\w+[^.;]*\bubiquitous",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"^(?:mutations?|elevated|aberrant|altered|reduced|increased|decreased|overexpress|loss|delet)", re.IGNORECASE
)
"""Beginnings of sentences that tell of expression in disease."""
_MEMBER = re.compile(
    r"\b(?:(?:a|one|the|another|\w+) (?:\w+ )?members? of (?:the|a|an)?\b[^.;]*\b(?:family|superfamily|subfamily|"
    r"group|"
    r"class)|belongs? to (?:the|a|an)\b[^.;]*\b(?:family|superfamily|subfamily|group|class)|"
    r"(?:family|superfamily|subfamily) members?)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:(?:interact|associate)(?:s|ed)?(?: \w+)? with|binds?(?: \w+)?(?: to)?|bound to|forms? (?:a |"
    r"an )?(?:\w+ ){0,2}"
    r"(?:complex|(?:hetero|homo)(?:di|tri|tetra)mers?|oligomers?)|subunit of|component of|part of (?:a|the)|"
    r"ligand (?:for|of)|"
    r"receptor for|(?:hetero|homo)dimeri[sz]es?|complexe[sd] with)\b",
    re.IGNORECASE,
)
_LIKENESS = re.compile(
    r"\b(?:similar(?:ity)?|homolog\w+|resembl\w+|predicted|identified (?:by|in|through|as|based))\b", re.IGNORECASE
)
"""Sentences that compare a protein with another one do not say where it is or what it binds."""
_DOES = re.compile(
    r"\b(?:encodes?|encoded by|encoded|functions?|acts?|serves?|plays?|involved in|required for|essential for|"
    r"necessary "
    r"for|important (?:for|in)|role|regulat\w+|catalyz\w+|catalys\w+|mediat\w+|inhibit\w*|activat\w+|transport\w*|"
    r"phosphorylat\w+|responsible for|participat\w+|promot\w+|induc\w+|repress\w*|converts?|hydrolyz\w+|degrad\w+|"
    r"modulat\w+|controls?|contributes?|enables?|stimulat\w+|protects?|facilitat\w+|binds?|belongs?|is an?|are)\b",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"\b(?:functions?|acts?|serves?|plays?|involved in|required for|essential|necessary|important|role|regulat\w+|"
    r"cataly[sz]\w+|mediat\w+|inhibit\w*|activat\w+|transport\w*|phosphorylat\w+|responsible|participat\w+|promot\w+|"
    r"induc\w+|repress\w*|converts?|hydroly[sz]\w+|degrad\w+|modulat\w+|controls?|contributes?|enables?|stimulat\w+|"
    r"protects?|facilitat\w+|binds?|transfers?|cleaves?|removes?|produces?|synthesi[sz]\w+|assembl\w+|receptor|"
    r"kinase|"
    r"transcription factor|channel|transporter|enzyme|hormone|cytokine|growth factor|antibod\w+|ligase|protease|"
    r"phosphatase|"
    r"chaperone|initiates?|maintains?|supports?|directs?|recogni[sz]es?|links?|tethers?|couples?|triggers?|blocks?|"
    r"suppress\w+|enhances?|methylat\w+|acetylat\w+|ubiquitinat\w+|glycosylat\w+|repair|adhesion|migration)\b",
    re.IGNORECASE,
)
_SUBJECT_IS_THE_GENE = re.compile(
    rf"^(?:in \w+, |based on [^,]+, )?(?:{_OF_THE_GENE}|the protein|the product|the gene|it\b|it's|encoded by)",
    re.IGNORECASE,
)
_ASKS = {
    DISEASE: re.compile(
        r"\b(?:diseases?|disorders?|syndromes?|mutations?|mutated|illness\w*|conditions?|patholog\w+|cancers?)\b", re.I
    ),
    EXPRESSION: re.compile(r"\b(?:express\w*|tissues?|organs?|cell types?|transcribed|made in)\b", re.I),
    LOCATION: re.compile(
        r"\b(?:located?|locali[sz]\w*|part of the cell|where|compartment|organelle|subcellular)\b", re.I
    ),
    PARTNERS: re.compile(r"\b(?:interact\w*|partners?|binds?|bind to|complex(?:es)?|associate with)\b", re.I),
    FAMILY: re.compile(r"\b(?:famil\w+|superfamily|member of|class of|related to|belongs?)\b", re.I),
    FUNCTION: re.compile(
        r"\b(?:functions?|roles?|do|does|encodes?|good for|purpose|responsible|involved|work|known about|tell me)\b",
        re.I,
    ),
}
"""In the order in which they are tried: "in which tissue does it do its work?" asks for expression."""


def is_housekeeping(sentence: str) -> bool:
    """Whether a sentence tells of transcripts, pseudogenes, exons or the chromosome, and nothing that is asked for."""
    return _HOUSEKEEPING.search(sentence) is not None


def sentence_topics(sentence: str) -> frozenset[str]:
    """What a sentence of a summary tells; empty for what nobody asks for."""
    if is_housekeeping(sentence):
        return frozenset()
    topics = set()
    if _CONDITION.search(sentence) and _CAUSE.search(sentence):
        topics.add(DISEASE)
    compares = _LIKENESS.search(sentence) is not None
    if _LOCATED.search(sentence) and not compares:
        topics.add(LOCATION)
    if _EXPRESSED.search(sentence) and not _CHANGED.search(sentence):
        topics.add(EXPRESSION)
    if _MEMBER.search(sentence):
        topics.add(FAMILY)
    if _BOUND.search(sentence) and not compares:
        topics.add(PARTNERS)
    if DISEASE not in topics and _DOES.search(sentence):
        topics.add(FUNCTION)
    return frozenset(topics)


def speaks_of_the_gene(sentence: str) -> bool:
    """Whether the subject of a sentence is the gene or its product, rather than a family, a process or a disease."""
    return _SUBJECT_IS_THE_GENE.search(sentence) is not None


def mentions_the_gene(sentence: str, symbol: str) -> bool:
    """Whether a sentence names the gene or its product, by "this gene", "the encoded protein" or the symbol."""
    is_named = re.search(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])", sentence) is not None
    return is_named or re.search(_OF_THE_GENE, sentence, re.IGNORECASE) is not None


def tells_an_action(sentence: str) -> bool:
    """Whether a sentence says what a gene product does, or names a product that is known by what it does."""
    return _ACTS.search(sentence) is not None


def question_topic(question: str) -> str:
    """The topic that a question asks for; "" where its words do not say."""
    return next((topic for topic, words in _ASKS.items() if words.search(question)), "")


_ANAPHOR = re.compile(
    r"^(?:however|in addition|also|moreover|furthermore|thus|therefore|additionally|interestingly|consequently|"
    r"instead|"
    r"similarly|conversely|in contrast|as such|for example|together|hence|rather|then|later|finally|nevertheless|"
    r"in this|in these|in such|through this|through these|of these|among these|during this|via this|by this|by these|"
    r"like these|unlike these|as a result|as a consequence|for this|in turn|in both|in either|in that)\b"
    r"|^(?:it|its|they|their|theirs|he|she|such|both|these|those|that|the (?:former|latter|other|others|same|"
    r"resulting|"
    r"second|first|third|two|three|remaining)|another|each|neither|either|others?|some|most|all|one|two|three)\b",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"^(?:this|that)\b(?! (?:\w+[- ]){0,4}?(?:gene|locus|protein|record)\b(?! (?:famil|superfamil|subfamil|cluster|"
    r"complex)))",
    re.IGNORECASE,
)
"""In RefSeq, "this gene" and "this protein" are those that the summary is about: so in 40 of 40 drawn at random."""

_DEFINITE = re.compile(
    r"^the (?!(?:protein|gene|product)\b)[a-z]+ (?:is|are|was|were|has|have|can|may|might|also|then|does|do|consists?|"
    r"contains?|functions?|acts?|plays?|binds?|regulates?|mediates?|forms?|encodes?|results?|appears?|catalyzes|belongs?)\b",
    re.IGNORECASE,
)
"""A noun without any other word ("The complex is ..."): which one it is was said before."""


def needs_the_sentence_before(sentence: str) -> bool:
    """Whether a sentence refers to the one before it ("It ...", "These proteins ...", "However, ...").

    "This gene", "this protein" and "the encoded protein" refer to the gene spoken of, and need no other sentence.
    """
    return any(pattern.search(sentence) is not None for pattern in (_ANAPHOR, _THIS, _DEFINITE))


def with_antecedents(sentences: Sequence[str], chosen: int) -> tuple[int, ...]:
    """Indices of a sentence and of those before it that it refers to, in their order; () if one is missing.

    Args:
        sentences: all sentences of a summary.
        chosen: index of the sentence.
    """
    first = chosen
    while first > 0 and needs_the_sentence_before(sentences[first]):
        first -= 1
    if needs_the_sentence_before(sentences[first]):
        return ()
    return tuple(range(first, chosen + 1))
