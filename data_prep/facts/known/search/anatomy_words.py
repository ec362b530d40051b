"""Words of anatomy and cell biology that mean the same, or nearly so, for people who look for a place in a tissue.

The table is general: textbook words for tissues, their cells and their doings. A phrase is widened by it; documents are
not. Each group says one thing in several ways. ``RELATED`` leads one way: who asks for bone means osteoblasts too, but
who asks for osteoblasts does not mean every document about bone.
"""

from __future__ import annotations

from functools import cache

from data_prep.facts.known.search.word_stems import words_of

SAME = 0.7
"""Weight of a word of the same group, beside 1 for the word that was written."""
NEAR = 0.5
"""Weight of a related word."""
IN_IDIOM = 0.3
"""Weight of a word alone where it belongs to an entry of several words: "white matter" is hardly about white."""
LONGEST = 3
"""Words of the longest entry."""

SYNONYMS = (
    ("fat", "adipose", "adipocyte"),
    ("heart", "cardiac", "myocardium", "cardiomyocyte"),
    ("blood vessel", "vessel", "vascular", "vasculature", "endothelium"),
    ("capillary", "endothelium", "vascular"),
    ("red blood", "erythrocyte", "erythroid", "erythroblast", "reticulocyte"),
    ("white blood", "leukocyte"),
    ("skin", "epidermis", "keratinocyte", "cutaneous"),
    ("gut", "intestine", "intestinal", "enteric", "bowel"),
    ("muscle", "muscular", "myocyte", "myogenic"),
    ("skeletal muscle", "myoblast", "myotube", "satellite"),
    ("nerve", "neuron", "neural"),
    ("neuron", "neural"),
    ("immune", "lymphocyte", "leukocyte", "immunity"),
    ("tumor", "cancer", "carcinoma", "malignant", "neoplasm", "neoplastic"),
    ("liver", "hepatic", "hepatocyte"),
    ("kidney", "renal", "nephron", "nephrogenesis"),
    ("lung", "pulmonary", "alveolar", "respiratory"),
    ("bone", "osteoblast", "osteocyte", "ossification"),
    ("cartilage", "chondrocyte"),
    ("stomach", "gastric"),
    ("pancreas", "pancreatic"),
    ("breast", "mammary"),
    ("brain", "cerebral", "encephalon", "forebrain", "midbrain", "hindbrain"),
    ("eye", "retina", "optic", "ocular"),
    ("smell", "olfactory", "olfaction", "odorant"),
    ("hearing", "auditory", "cochlea"),
    ("spinal cord", "spinal"),
    ("meninges", "meningeal", "pia", "pial", "arachnoid", "leptomeninges", "dura"),
    ("connective", "stroma", "stromal", "fibroblast"),
    ("fibrous", "fibroblast", "fibrosis"),
    ("extracellular matrix", "collagen"),
    ("progenitor", "precursor", "stem"),
    ("newborn neuron", "immature neuron", "neuroblast"),
    ("neurogenesis", "neuroblast", "neuron differentiation"),
    ("inhibitory", "gabaergic", "gaba"),
    ("excitatory", "glutamatergic", "glutaminergic", "glutamate"),
    ("dopaminergic", "dopamine"),
    ("cholinergic", "acetylcholine"),
    ("serotonergic", "serotonin"),
    ("noradrenergic", "adrenergic", "noradrenaline", "norepinephrine"),
    ("interneuron", "gabaergic"),
    ("motor neuron", "motoneuron"),
    ("hippocampus", "hippocampal"),
    ("cerebellum", "cerebellar"),
    ("cortex", "cortical"),
    ("thymus", "thymocyte"),
    ("plasma", "plasmablast", "immunoglobulin"),
    ("antibody", "immunoglobulin"),
    ("phagocyte", "macrophage", "phagocytosis"),
    ("sperm", "spermatozoa", "spermatogenesis", "spermatocyte"),
    ("ovary", "ovarian", "oocyte", "granulosa"),
    ("placenta", "trophoblast"),
    ("clotting", "coagulation", "platelet"),
    ("dividing", "proliferating", "proliferation", "mitotic", "mitosis", "cycle"),
    ("dying", "apoptosis", "apoptotic"),
    ("low oxygen", "hypoxia"),
    ("inflamed", "inflammation", "inflammatory"),
    ("wound", "wound healing"),
    ("bile", "biliary", "cholangiocyte"),
    ("glucose", "sugar"),
    ("lipid storage", "lipid droplet", "adipocyte"),
    ("respiration", "oxidative phosphorylation", "mitochondrion", "mitochondrial"),
    ("cilia", "ciliated", "ciliogenesis", "axoneme"),
    ("blood formation", "hematopoiesis", "hematopoietic"),
    ("ventricle lining", "ependymal"),
    ("scar", "fibrosis", "myofibroblast"),
    ("duct", "ductal", "luminal"),
    ("gland", "glandular", "secretory"),
    ("mucus", "goblet", "mucin", "mucous"),
    ("hair", "trichocyte", "hair follicle"),
    ("pigment", "melanocyte", "melanin"),
    ("endocrine", "hormone"),
)
"""Groups of words that say one thing."""

RELATED = {
    "white matter": ("oligodendrocyte", "myelin"),
    "corpus callosum": ("oligodendrocyte", "myelin"),
    "myelin": ("oligodendrocyte",),
    "myelin sheath": ("oligodendrocyte", "ensheathment"),
    "gray matter": ("neuron",),
    "glia": ("astrocyte", "oligodendrocyte", "microglia"),
    "glia limitans": ("astrocyte",),
    "foot": ("astrocyte",),
    "end foot": ("astrocyte",),
    "mural": ("pericyte", "smooth muscle"),
    "smooth muscle": ("vascular smooth muscle",),
    "ventricle": ("ependymal",),
    "cerebrospinal fluid": ("ependymal", "choroid plexus"),
    "epidermis": ("epithelium", "keratinization"),
    "skin": ("epithelium",),
    "heart": ("sarcomere",),
    "muscle contraction": ("sarcomere", "myosin"),
    "sarcomere": ("myofibril", "muscle contraction"),
    "skeletal muscle": ("skeletal muscle development", "myogenic"),
    "somite": ("skeletal muscle", "paraxial mesoderm"),
    "oxygen": ("hemoglobin", "oxygen transport"),
    "hemoglobin": ("erythroid",),
    "lymphocyte": ("t cell", "b cell"),
    "lymph node": ("t cell", "b cell", "lymphocyte"),
    "bone": ("osteoclast", "mineralization"),
    "kidney": ("podocyte", "tubule", "mesangial"),
    "liver": ("bile acid", "albumin"),
    "gut": ("endoderm", "enterocyte", "epithelium"),
    "pancreas": ("acinar", "insulin"),
    "insulin": ("beta",),
    "endoderm": ("endodermal", "foregut"),
    "mesoderm": ("mesodermal",),
    "ectoderm": ("ectodermal",),
    "cancer": ("epithelium",),
    "invasive": ("metastasis", "invasion"),
    "tumor": ("epithelium",),
    "olfactory": ("olfactory ensheathing", "odorant"),
    "olfactory ensheathing": ("schwann",),
    "ensheathing glia": ("schwann", "olfactory ensheathing"),
    "projection neuron": ("pyramidal", "glutamatergic"),
    "pyramidal": ("glutamatergic", "excitatory"),
    "mitral": ("glutamatergic", "pyramidal"),
    "granule": ("gabaergic",),
    "neurofilament": ("neurofilament cytoskeleton", "axon"),
    "axon": ("axonogenesis",),
    "antigen presentation": ("mhc", "dendritic"),
    "interferon": ("interferon response",),
    "neuroblast": ("neural precursor", "neurogenesis"),
    "microglia": ("macrophage",),
}
"""Word or words → what they bring to mind besides; it leads one way."""


@cache
def wider_words() -> dict[tuple[str, ...], tuple[tuple[tuple[str, ...], float], ...]]:
    """Stems of each entry → stems and weight of each word that it brings along."""
    found: dict[tuple[str, ...], dict[tuple[str, ...], float]] = {}
    for group in SYNONYMS:
        keys = [tuple(words_of(entry)) for entry in group]
        for key in keys:
            for other in keys:
                if other != key:
                    found.setdefault(key, {}).setdefault(other, SAME)
    for entry, others in RELATED.items():
        for one in others:
            key, other = tuple(words_of(entry)), tuple(words_of(one))
            if other != key:
                found.setdefault(key, {}).setdefault(other, NEAR)
    return {key: tuple(others.items()) for key, others in found.items() if key}


def widened(words: list[str]) -> dict[tuple[str, ...], float]:
    """What a phrase brings to mind besides its own words: stems → weight, the largest one that a word gives.

    The longest entry counts: "glia limitans" does not bring to mind what "glia" does.
    """
    table = wider_words()
    found: dict[tuple[str, ...], float] = {}
    taken: set[int] = set()
    for size in range(LONGEST, 0, -1):
        for start in range(len(words) - size + 1):
            places = set(range(start, start + size))
            others = table.get(tuple(words[start : start + size]))
            if others and not places <= taken:
                taken |= places if size > 1 else set()
                for other, weight in others:
                    found[other] = max(found.get(other, 0.0), weight)
    return found


def idioms(words: list[str]) -> set[str]:
    """The words of a phrase that only mean something together: "white" and "matter" in "white matter"."""
    table = wider_words()
    return {
        word
        for size in range(2, LONGEST + 1)
        for start in range(len(words) - size + 1)
        if tuple(words[start : start + size]) in table
        for word in words[start : start + size]
    }
