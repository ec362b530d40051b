"""Toy gene records, rows about genes, and tiny language models, for tests of everything about genes in words."""

import json
from collections.abc import Sequence
from pathlib import Path

from data_prep.dataset.loading import PROVENANCE_FILE
from data_prep.gene_text.text_dataset import write_text_split
from data_prep.gene_text.text_loading import GENE_TEXT
from data_prep.gene_text.text_row import TextRow
from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GeneRecord

TABLE = Source("genes.tsv", "v1")
KINDS = ("kinase", "channel", "receptor", "ligase", "hormone", "protease", "chaperone", "transporter")
TISSUES = ("brain", "liver", "kidney", "heart", "spleen", "retina", "lung", "skin")
CHAT = """\
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""


def gene(
    symbol: str,
    summary: str = "",
    *,
    name: str = "",
    synonyms: Sequence[str] = (),
    species: str = "human",
    line: int = 2,
    gene_type: str = "protein-coding",
) -> GeneRecord:
    """A record of a gene table."""
    return GeneRecord(
        symbol, species, f"id of {symbol}", tuple(synonyms), name, summary, Citation(TABLE, line), gene_type
    )


def made_up_genes(n: int) -> list[GeneRecord]:
    """Genes of different families, each with a summary of its own on function, tissue and disease."""
    words = (
        "alder",
        "birch",
        "cedar",
        "elder",
        "maple",
        "rowan",
        "hazel",
        "linden",
        "poplar",
        "willow",
        "spruce",
        "larch",
    )
    made = []
    for i in range(n):
        tree, kind, tissue = words[i % 12], KINDS[i % 8], TISSUES[(i * 3) % 8]
        symbol = f"{tree[:3].upper()}{chr(65 + i // 12)}X"
        summary = (
            f"This gene encodes a {tree} {kind} that regulates {tree} growth in step {i} of the {kind} pathway. "
            f"The encoded protein is expressed in {tissue} during phase {i}. "
            f"Mutations in this gene cause {tree} {tissue} syndrome of type {i}."
        )
        made.append(gene(symbol, summary, name=f"{tree} {kind} of {tissue} {i}", line=i + 2))
    return made


def text_row(number: int, split: str = "train") -> TextRow:
    """A row whose answer depends on its gene."""
    kind, tissue = KINDS[number % 8], TISSUES[number % 8]
    answer = f"This gene encodes a {kind} of the {tissue}."
    return TextRow(
        question=f"What does the gene GEN{number} do?",
        answer=answer,
        topic="function",
        gene=f"GEN{number}",
        gene_id=str(number),
        species="human",
        family=f"GEN{number}",
        split=split,
        file=TABLE.file,
        version=TABLE.version,
        line=number + 2,
        sentences=(1,),
        name=f"{kind} {number}",
        synonyms=(),
        gene_type="protein-coding",
        summary=f"{answer} Mutations in this gene cause {tissue} disease.",
    )


def write_text_rows(folder: Path, **splits: Sequence[TextRow]) -> Path:
    """Writes rows as `nichelens prep-text` lays them out."""
    (folder / "data").mkdir(parents=True)
    for split, rows in splits.items():
        write_text_split(rows, folder / "data" / f"{split}.parquet")
    (folder / PROVENANCE_FILE).write_text(json.dumps({"kind": GENE_TEXT}))
    return folder


def all_texts() -> list[str]:
    """The questions and answers of the first rows, for a tokenizer."""
    return [text for number in range(8) for row in (text_row(number),) for text in (row.question, row.answer)]


def save_tiny_llama(folder: Path) -> Path:
    """A random language model without pictures, with a tokenizer and a chat template."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.families.tiny_parts import make_tokenizer

    tokenizer = make_tokenizer(
        all_texts(), ["<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"], eos="<|end|>", pad="<|pad|>"
    )
    tokenizer.chat_template = CHAT
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():  # frozen in fine-tuning, so large enough to give one word a high probability
        model.get_input_embeddings().weight.mul_(12)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
