"""Public sources of knowledge: where `nichelens fetch-knowledge` gets its files from.

The addresses are those of the projects themselves. NicheLens ships none of the files; their terms are the projects'.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublicSource:
    """One file of a project.

    Attributes:
        address: where the project offers it.
        file: name under which it is kept.
        about: what it is.
        terms: terms of use in a few words; `docs/knowledge_sources.md` says more.
        version: the release, where the address names one; else the date of the file is noted.
        sha256: of what the address sends, where it never changes; "" where it does.
        member: the file to keep from a zip archive; "" if the address sends no archive.
    """

    address: str
    file: str
    about: str
    terms: str
    version: str = ""
    sha256: str = ""
    member: str = ""


_NCBI = "https://ftp.ncbi.nlm.nih.gov/gene/DATA"
_LIANA_COMMIT = "8f8f3d6617b190aaaf0d50fdff68aa16426abaf8"
_MSIGDB = "2024.1.Hs"
_GO = "GO_Biological_Process_2021"
PUBLIC_SOURCES: dict[str, PublicSource] = {
    "genes-human": PublicSource(
        address=f"{_NCBI}/GENE_INFO/Mammalia/Homo_sapiens.gene_info.gz",
        file="Homo_sapiens.gene_info.gz",
        about="symbols, synonyms and names of human genes (NCBI Gene)",
        terms="public domain",
    ),
    "genes-mouse": PublicSource(
        address=f"{_NCBI}/GENE_INFO/Mammalia/Mus_musculus.gene_info.gz",
        file="Mus_musculus.gene_info.gz",
        about="symbols, synonyms and names of mouse genes (NCBI Gene)",
        terms="public domain",
    ),
    "gene-summaries": PublicSource(
        address=f"{_NCBI}/gene_summary.gz",
        file="gene_summary.gz",
        about="RefSeq summaries of genes (NCBI Gene)",
        terms="public domain",
    ),
    "orthologs": PublicSource(
        address="https://www.informatics.jax.org/downloads/reports/HOM_MouseHumanSequence.rpt",
        file="HOM_MouseHumanSequence.rpt",
        about="orthologs of human and mouse (MGI)",
        terms="CC BY 4.0",
    ),
    "panglaodb": PublicSource(
        address="https://panglaodb.se/markers/PanglaoDB_markers_27_Mar_2020.tsv.gz",
        file="PanglaoDB_markers_27_Mar_2020.tsv.gz",
        about="markers of 178 cell types of human and mouse (PanglaoDB)",
        terms="no licence known; cite",
        version="27 March 2020",
    ),
    "liana": PublicSource(
        address=f"https://raw.githubusercontent.com/saezlab/liana-py/{_LIANA_COMMIT}/liana/resource/omni_resource.csv",
        file="omni_resource.csv",
        about="ligands and receptors of 17 resources, CellTalkDB among them (LIANA, OmniPath)",
        terms="GPL-3.0; terms of each resource",
        version="liana-py 1.5.0",
        sha256="9b4880f638198725177805d1cf5777b8d2f512444613d579158f1529c196ca2a",
    ),
    "reactome": PublicSource(
        address="https://reactome.org/download/current/ReactomePathways.gmt.zip",
        file="ReactomePathways.gmt",
        about="genes of human pathways (Reactome)",
        terms="CC0",
        member="ReactomePathways.gmt",
    ),
    "go-processes": PublicSource(
        address=f"https://maayanlab.cloud/Enrichr/geneSetLibrary?mode=text&libraryName={_GO}",
        file=f"{_GO}.gmt",
        about="genes of biological processes of the Gene Ontology, as Enrichr lists them",
        terms="CC BY 4.0 (GO); cite Enrichr",
        version="2021",
    ),
    "hallmark": PublicSource(
        address=f"https://data.broadinstitute.org/gsea-msigdb/msigdb/release/{_MSIGDB}/h.all.v{_MSIGDB}.symbols.gmt",
        file=f"h.all.v{_MSIGDB}.symbols.gmt",
        about="50 hallmark gene sets (MSigDB)",
        terms="CC BY 4.0",
        version=_MSIGDB,
    ),
}
"""Name → file. A name is what the command takes."""
