"""Words that are English before they are names.

Gene symbols may be words (CAT, MET, REST, WAS, SET), and niches may be called "Core" or "Rest". Such a word in lower
case is the word, not the name.
"""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


FUNCTION_WORDS = words_of(
    """
    a about above after all also an and any are as at be been being below between both but by can could did do does
    each else for from had has have he her here his how i if in into is it its itself just let may me might more most
    much must my no nor not now of off on one only or other our out over own per same shall she should so some such
    than that the their them then there these they this those through to too under up us very was we were what when
    where which while who whom whose why will with within without would yes yet you your
    """
)
"""Words of grammar. At the start of a sentence they are the word even where a mouse gene is written so ("Was")."""

PLACE_WORDS = words_of(
    """
    area areas border borders bottom centre centres center centers core cores edge edges gene genes half layer layers
    left lower map margin marker markers middle niche niches none outer inner part parts place places region regions
    rest right rim ring sample section side slide spot spots tissue top unknown upper zone zones
    """
)
"""Words of place that questions use. A niche called so is named by its capital, or with "niche" beside it."""

WORDS_THAT_ARE_SYMBOLS = words_of(
    """
    ace ache act acts ad age air amp an ana ape app apps arc art as asa ask at ba back bad bag band bar bars base bed
    bel best bid big bit blot body bop box bug but cab cad cake camp can cap cape caps car card care cars cash cast cat
    chat chip clip cliff clock coil cold coma comp cop cope cor core crest cry cups dab dam dare dash deaf dip dish
    drop duet ear east end era ex eye fact far fast fat fate fed fit fix flip flop flower fry fuse gad gale gap gas gave
    gem get gif gig go goat grail grasp grid had hand hang harp head heat heater helps hid hip hit hook hug hunk ice
    impact inch ink ins itch jam jet jun junk kick kid kiss kit lab lag lamp lap large lice light line link list lit
    log long lot low lump mad mag mal mall marco march mark mars mass mast mat max meet mental mesh met meta mice mid
    mind minute mix mob mom net nicks nil nod nog norm numb od off old om on oscar pad page pal palm pan pans park part
    pass past pat patch path peg pen pep per pets pig pigs pin pip plan plot plus pole poll pond pop pot prep press
    pro prod prune pub pure push put rack rag ran range rat raw ray read red rein rep rest ring rip rod role roll root
    rot row run sag sale salt same sand sap saw scan scar sea search seat sell send serpin set shape she ship shoot
    show silver sis sit six size skin sky slam sleep slip slit sly snap sneak snip soft son sort soul soup span spar
    spark spin split spot spy sra stair stamp star step stir stop storm strap sun sure surf switch sync tab tag tail
    tale tan tang tank tap tape tar task team teen temps ten test tex tie tim time timeless tin tip titan toll tom tool
    top tor touch toy track trap traps trial trim trio trip tub tube turn tux twist ugly unit van vent vet vice vim
    vip wait walk war wars was wave wax weak web went wet wild wing wiz word yes zip
    """
)
"""English words that are symbols of human or mouse genes, or nearly so. Unlike "gfap", none of them names a gene in
lower case."""

NO_GENES = words_of(
    """
    2d 3d ai atac caf cafs cdna cnv de dna ecm emt ffpe fdr fc fish h&e he i.e. ihc iqr json lfc llm log2 log2fc logfc
    merfish mrna ncrna ok pca pdac pval q qc rna roi rrna scrna sd se sem snp st tam tams tme til tils tls umap umi umis
    us usa vs vlm xenium visium
    """
)
"""Abbreviations that look like symbols and are none."""

COMMON_WORDS = FUNCTION_WORDS | PLACE_WORDS | WORDS_THAT_ARE_SYMBOLS
"""All words that in lower case are no gene."""

NICHE_WORDS = words_of(
    "area areas cluster clusters compartment compartments domain domains niche niches region regions zone zones"
)
"""Words beside a name that say that it is a niche."""
