"""Organs: which marker lists may describe a tissue, by the organ that their file gives.

A list of the cells of the pancreas says nothing of the brain, and some of its genes are raised there by chance. So a
slide whose tissue is known is compared with the lists of its organ and with those of cells that every organ has.
"""

from __future__ import annotations

import re

EVERYWHERE = frozenset(("immune system", "vasculature", "blood"))
"""Organs whose cells every tissue has."""
COVERING = frozenset(("connective tissue", "epithelium", "smooth muscle"))
"""Organs whose cells every tissue has, except the brain: it has no epithelium, connective tissue and muscle of its own.
The walls of its vessels are in the lists of the vasculature."""
_BRAIN = frozenset(("brain", "hippocampus", "olfactory system"))
_EMBRYO = frozenset(
    (
        *("embryo", "zygote", "brain", "heart", "skeletal muscle", "muscle", "blood", "vasculature", "smooth muscle"),
        *("connective tissue", "epithelium", "gi tract", "intestine", "kidney", "liver", "skin", "bone", "placenta"),
    )
)
"""Organs that begin to form in an embryo. There is hardly an immune system yet."""
_TISSUES: tuple[tuple[str, frozenset[str]], ...] = (
    (r"embryo|gastrul|fetus|fetal|foetal|organogenesis", _EMBRYO),
    (
        r"brain|cortex|cortical|cerebell|cerebr|hippocamp|hypothalam|thalam|striat|olfactory bulb|preoptic|midbrain|"
        r"brainstem|spinal cord|corpus callosum|glioma|glioblastoma",
        _BRAIN | EVERYWHERE,
    ),
    (r"breast|mammary", frozenset(("mammary gland",)) | EVERYWHERE | COVERING),
    (r"pancrea", frozenset(("pancreas",)) | EVERYWHERE | COVERING),
    (r"kidney|\brenal", frozenset(("kidney",)) | EVERYWHERE | COVERING),
    (r"liver|hepat", frozenset(("liver",)) | EVERYWHERE | COVERING),
    (r"lung|pulmon", frozenset(("lungs", "lung")) | EVERYWHERE | COVERING),
    (r"heart|cardiac|myocard", frozenset(("heart",)) | EVERYWHERE | COVERING),
    (r"intestin|colon|colorectal|ileum|gut|rectum", frozenset(("gi tract", "intestine")) | EVERYWHERE | COVERING),
    (r"stomach|gastric", frozenset(("gi tract", "stomach")) | EVERYWHERE | COVERING),
    (r"skin|melanoma|epiderm", frozenset(("skin",)) | EVERYWHERE | COVERING),
    (r"muscle", frozenset(("skeletal muscle", "muscle")) | EVERYWHERE | COVERING),
    (r"retina|\beye\b", frozenset(("eye", "brain")) | EVERYWHERE),
    (r"prostate|testis|ovar|\buter", frozenset(("reproductive",)) | EVERYWHERE | COVERING),
    (r"spleen|lymph node|tonsil|thymus", frozenset(("spleen", "thymus")) | EVERYWHERE | COVERING),
    (r"placenta", frozenset(("placenta",)) | EVERYWHERE | COVERING),
    (r"\bbone\b|marrow|cartilage", frozenset(("bone",)) | EVERYWHERE | COVERING),
    (r"bladder", frozenset(("urinary bladder",)) | EVERYWHERE | COVERING),
    (r"adrenal", frozenset(("adrenal glands", "adrenal")) | EVERYWHERE | COVERING),
)
"""Pattern of the words that name a tissue → the organs whose lists may describe it. The first that fits is taken: an
embryo's heart is an embryo's, and the cortex of a kidney is named with it or not at all."""


def organs_of(tissue: str) -> frozenset[str]:
    """The organs whose lists may describe a tissue, in small letters; empty for all, if no word of it is known.

    Args:
        tissue: words for people, for example "dorsolateral prefrontal cortex".
    """
    words = tissue.lower()
    if re.search(r"kidney|renal", words):  # they have a cortex, too
        words = words.replace("cortex", "").replace("cortical", "")
    return next((organs for pattern, organs in _TISSUES if re.search(pattern, words)), frozenset())
