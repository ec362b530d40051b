"""Files of knowledge about the toy slide of `tests.conftest`, whose gene i is raised in niche i % 4."""

from pathlib import Path


def of_niche(niche: int, n: int = 10, first: int = 0) -> list[str]:
    """Genes that are raised in a niche, from 1 on."""
    return [f"GENE{4 * number + niche - 1}" for number in range(first, first + n)]


def write_knowledge(folder: Path, alpha: str = "Alpha cells", process: str = "ALPHA_PROCESS") -> Path:
    """Writes marker lists of two types, gene sets, a gene table and pairs. The toy's genes are human by their case.

    Args:
        folder: is made.
        alpha: the cell type that Layer 1 looks like. Layer 2 looks like Beta cells.
        process: a gene set of Layer 1.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    markers = [(alpha, gene) for gene in [*of_niche(1), "ABSENT1"]]
    markers += [("Beta cells", gene) for gene in [*of_niche(2), *of_niche(3, 2)]]
    lines = [f"{name}\t{gene}" for name, gene in markers]
    (folder / "markers.tsv").write_text("cell type\tgene\n" + "\n".join(lines) + "\n")
    sets = {process: [*of_niche(1, 8, 2), "GENE1"], "MIXED_PROCESS": of_niche(1, 3) + of_niche(4, 6)}
    (folder / "sets.gmt").write_text("".join(f"{name}\tof a test\t" + "\t".join(g) + "\n" for name, g in sets.items()))
    heads = "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary"
    rows = [
        f"{number}\tGENE{number}\tOLD{number}\tgene number {number}\tprotein-coding\tREVIEWED REFSEQ\t"
        f"This gene encodes a kinase of pathway {number}. Mutations in this gene cause disease {number}."
        for number in range(0, 60)
    ]
    (folder / "gene_table_human.tsv").write_text("\n".join([heads, *rows]) + "\n")
    pairs = [("GENE0", "GENE1"), ("GENE4", "GENE8"), ("GENE2", "GENE3")]
    (folder / "pairs_human.tsv").write_text("ligand\treceptor\n" + "".join(f"{a}\t{b}\n" for a, b in pairs))
    return folder


def name_organs(folder: Path, alpha: str, beta: str) -> Path:
    """Names the organs of the two types in the marker lists of a folder, and gives the file."""
    markers = folder / "markers.tsv"
    head, *rows = markers.read_text().splitlines()
    lines = [f"organ\t{head}", *(f"{beta if row.startswith('Beta') else alpha}\t{row}" for row in rows)]
    markers.write_text("\n".join(lines) + "\n")
    return markers
