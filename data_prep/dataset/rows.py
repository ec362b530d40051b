"""Row: an example as a dataset stores it, flat, with its figures as PNG or with what draws them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.figures.png import encode_png
from data_prep.tasks import Example

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Row:
    """One row of a dataset; the fields are its columns.

    Claims, specs and names are JSON, because Arrow fills nested records with empty keys.

    Attributes:
        images: the figures, PNG, in the order in which they are shown; a dataset of recipes has no such column, and
            draws them from ``slide`` and ``specs``.
        prompt: the question.
        completion: the right answer; empty in the ambiguous bucket, which has none.
        task: one of `tasks.TASKS`.
        label: yes or no; empty where the task is no yes/no question, and in the ambiguous bucket.
        slide: name of the slide.
        donor: donor of the slide.
        niche: the asked niche.
        genes: gene symbols in the order of the figures or panels.
        claims: JSON list of the claims that the answer speaks, in references.
        specs: JSON list of the figures' specs.
        names: JSON object: what "this gene", panel letters, "the niche" and colours stand for.
        contract: hash of the figure contract.
    """

    images: list[bytes]
    prompt: str
    completion: str
    task: str
    label: str
    slide: str
    donor: str
    niche: str
    genes: list[str]
    claims: str
    specs: str
    names: str
    contract: str


def make_row(example: Example, contract: str, *, ambiguous: bool = False, with_images: bool = True) -> Row:
    """Encode an example; one of the ambiguous bucket loses its answer."""
    question = example.question
    return Row(
        images=[encode_png(image) for image in question.images] if with_images else [],
        prompt=question.prompt,
        completion="" if ambiguous else example.completion,
        task=example.task,
        label="" if ambiguous else example.label,
        slide=example.slide,
        donor=example.donor,
        niche=example.niche,
        genes=list(example.genes),
        claims=_json([] if ambiguous else [asdict(claim) for claim in example.claims]),
        specs=_json([asdict(spec) for spec in question.specs]),
        names=_json(asdict(question.names)),
        contract=contract,
    )


def write_rows(rows: Sequence[tuple[str, Row]], path: Path) -> None:
    """Write rows, each with its split, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list] = {"split": [split for split, _ in rows]}
    columns |= {field.name: [getattr(found, field.name) for _, found in rows] for field in fields(Row)}
    columns["images"] = [[{"bytes": png, "path": None} for png in images] for images in columns["images"]]
    schema = pa.schema({"split": pa.string(), **arrow_types()})
    pq.write_table(pa.table(columns, schema=schema), path, compression="zstd", compression_level=1)


def arrow_types() -> dict[str, pa.DataType]:
    """The Arrow type of each column."""
    import pyarrow as pa

    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    types = {field.name: pa.string() for field in fields(Row)}
    return types | {"images": pa.list_(image), "genes": pa.list_(pa.string())}


def _json(value: Sequence[object] | dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)
