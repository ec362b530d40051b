"""Row: an example in the form in which a dataset stores it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.claims import Claim
from data_prep.figures.png import encode_png
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import Example

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Row:
    """One row of a dataset. The fields are the columns.

    Claims, specs and names are JSON, because Arrow adds empty keys to nested records.

    Attributes:
        images: the figures as PNG, in the order in which they are shown. A dataset of figure specs has no such column:
            its figures are drawn from ``slide`` and ``specs``.
        prompt: text of the question.
        completion: the right answer; empty in the split `ambiguous`.
        task: name of the task, a key of `tasks.TASKS`.
        label: "yes" or "no"; empty if the task is not a yes/no question, and in the split `ambiguous`.
        slide: name of the slide.
        donor: donor of the slide.
        niche: the asked niche.
        genes: gene symbols in the order of the figures or panels.
        claims: JSON list of the claims of the answer, in references.
        specs: JSON list of the specs of the figures.
        names: JSON object: what "this gene", panel letters, "the niche" and colours stand for.
        contract: hash of the figure contract.
        kind: kind of the asked claim, for claim tasks; "" for prose.
        value: value of the asked claim, if it has one.
        other: the other niche, gene or cell type of the asked claim, if it has one.
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
    kind: str = ""
    value: str = ""
    other: str = ""


def make_row(example: Example, contract: str, *, ambiguous: bool = False, with_images: bool = True) -> Row:
    """Encode an example. A row of the split `ambiguous` has no answer."""
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
        kind=question.kind,
        value=example.value,
        other=example.other,
    )


def asked_claim(row: Mapping[str, Any]) -> Claim | None:
    """The claim with real names that a row asks about; None for prose."""
    if not row["kind"]:
        return None
    gene = next(iter(row["genes"]), "")
    return Claim(row["kind"], gene, row["niche"], row["value"], row["other"])


def read_specs(specs: str) -> list[FigureSpec]:
    """The figure specs in the column ``specs``."""
    return [FigureSpec(**(spec | {"genes": tuple(spec["genes"])})) for spec in json.loads(specs)]


def write_rows(rows: Sequence[tuple[str, Row]], path: Path) -> None:
    """Write rows with their splits to a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list] = {"split": [split for split, _ in rows]}
    columns |= {field.name: [getattr(row, field.name) for _, row in rows] for field in fields(Row)}
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
