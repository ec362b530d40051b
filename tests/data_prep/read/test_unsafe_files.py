"""Files that lead elsewhere, run code or unpack without end are refused in one line that calls this what it is."""

import json
import pickle
import re
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numcodecs
import numpy as np
import pytest
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read import crash_guard
from data_prep.read.bombs import unpacks_beyond
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from tests.data_prep.read.slide_files import refusal, sound, spatialdata_store, zarr_store

pytestmark = pytest.mark.usefixtures("scratch")
REGION = ReadOptions(("region",))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of somebody else."""
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["xy"] = np.random.default_rng(0).random((256, 2))
    return path


# Links out of an HDF5 file


def external_link(file: h5py.File, secret: Path) -> None:
    del file["obsm/spatial"]
    file["obsm/spatial"] = h5py.ExternalLink(secret, "xy")


def external_link_that_nobody_reads(file: h5py.File, secret: Path) -> None:
    file["uns/notes/more"] = h5py.ExternalLink(secret, "/")


def link_to_nothing(file: h5py.File, secret: Path) -> None:
    file["layers/counts"] = h5py.SoftLink("/raw/X")


def values_elsewhere(file: h5py.File, secret: Path) -> None:
    del file["obsm/spatial"]
    file.create_dataset("obsm/spatial", (256, 2), "<f8", external=[(str(secret), 0, 256 * 16)])


def virtual_array(file: h5py.File, secret: Path) -> None:
    del file["obsm/spatial"]
    layout = h5py.VirtualLayout((256, 2), "<f8")
    layout[:] = h5py.VirtualSource(secret, "xy", (256, 2))
    file.create_virtual_dataset("obsm/spatial", layout)


LINKS: dict[Callable[[h5py.File, Path], None], str] = {
    external_link: "holds an external link at obsm/spatial to {secret}",
    external_link_that_nobody_reads: "holds an external link at uns/notes/more to {secret}",
    link_to_nothing: "holds a soft link at layers/counts to /raw/X, which the file does not have",
    values_elsewhere: "obsm/spatial keeps its values in another file, {secret}",
    virtual_array: "obsm/spatial is a virtual array that reads another file, {secret}",
}


@pytest.mark.parametrize("lead", LINKS, ids=lambda lead: lead.__name__)
def test_what_leads_to_another_file_is_called_so(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], secret: Path, lead: Callable[[h5py.File, Path], None]
) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        lead(file, secret)
    said = refusal(path)
    assert LINKS[lead].format(secret=secret) in said
    assert said.startswith("toy.h5ad: ")
    assert said.endswith("save the slide again, as one file that holds all of its values")


def test_links_inside_the_file_are_followed(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        file.move("obsm/spatial", "places")
        file["obsm/spatial"] = h5py.SoftLink("/places")
        file["again"] = file["/"]  # a circle
        counts = file["X/data"][:]
        del file["X/data"]
        file["values"] = counts
        layout = h5py.VirtualLayout(counts.shape, counts.dtype)
        layout[:] = h5py.VirtualSource(".", "values", counts.shape)
        file.create_virtual_dataset("X/data", layout)
    (slide,) = sound(read_slides(path, REGION))
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())


def test_a_link_in_a_matrix_of_10x_genomics_is_refused(toy_adata: AnnData, tmp_path: Path, secret: Path) -> None:
    from tests.data_prep.read.slide_files import space_ranger

    folder = space_ranger(tmp_path / "outs", toy_adata)
    with h5py.File(folder / "filtered_feature_bc_matrix.h5", "r+") as file:
        del file["matrix/barcodes"]
        file["matrix/barcodes"] = h5py.ExternalLink(secret, "xy")
    assert f"external link at matrix/barcodes to {secret}" in refusal(folder, None)


# Bombs in an HDF5 file


@pytest.fixture
def limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lowers limits of the guard, which runs in a process of its own, so that small bombs show what large ones do."""

    def lower(**limits: int) -> None:
        source = Path(crash_guard.__file__)
        guard, n_lowered = source.read_text(encoding="utf-8"), 0
        for name, value in limits.items():
            guard, n = re.subn(rf"^{name} = .*$", f"{name} = {value}", guard, flags=re.MULTILINE)
            n_lowered += n
        assert n_lowered == len(limits)
        (tmp_path / "guard").mkdir()
        (tmp_path / "guard" / "crash_guard.py").write_text(guard)
        shutil.copy(source.with_name("bombs.py"), tmp_path / "guard")
        monkeypatch.setattr(crash_guard, "__file__", str(tmp_path / "guard" / "crash_guard.py"))

    return lower


def add_chunk(path: Path, where: str, content: bytes) -> None:
    """An array of 4,096 bytes whose only chunk unpacks to something else."""
    with h5py.File(path, "r+") as file:
        if where in file:
            del file[where]
        array = file.create_dataset(where, (256, 2), "<f8", chunks=(256, 2), compression="gzip")
        array.id.write_direct_chunk((0, 0), zlib.compress(content, 9))


def test_a_chunk_that_unpacks_to_more_than_it_declares(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], limit: Callable[..., None]
) -> None:
    limit(_HARMLESS_CHUNK=2**12)
    path = write_h5ad(toy_adata)
    add_chunk(path, "obsm/spatial", bytes(2**24))
    assert "a chunk of obsm/spatial unpacks to more than the 4,096 bytes that it declares" in refusal(path)


def test_small_pieces_that_need_too_much_memory(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], limit: Callable[..., None]
) -> None:
    limit(MEMORY_BYTES=2**26)
    path = write_h5ad(toy_adata)
    add_chunk(path, "uns/bomb", bytes(2**27))
    assert path.stat().st_size < 2**20
    assert "a chunk of uns/bomb unpacks to more than the 4,096 bytes that it declares" in refusal(path)


def test_names_that_are_all_one_huge_text(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], limit: Callable[..., None]
) -> None:
    limit(TEXT_BYTES=2**24)
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        # Each name is a reference of 16 bytes into the heap. All of them are made to refer to the first.
        names = file.create_dataset("uns/names", (40,), h5py.string_dtype(), chunks=(40,))
        names[0] = "x" * 2**20
        _, packed = names.id.read_direct_chunk((0,))
        names.id.write_direct_chunk((0,), packed[:16] * 40)
    assert path.stat().st_size < 2**22
    assert "its texts unpack to more than 16 MiB" in refusal(path)


def test_more_texts_than_a_slide_has(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        del file["obs/_index"]
        file.create_dataset("obs/_index", (10**10,), h5py.string_dtype(), chunks=(1000,))
    assert "obs/_index declares 10,000,000,000 texts" in refusal(path)


def test_a_table_that_declares_more_than_the_memory(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        file.create_dataset("obs/score", (10**14,), "<f8", chunks=(1000,))
        file["obs"].attrs["column-order"] = [*file["obs"].attrs["column-order"], "score"]
    assert path.stat().st_size < 2**20
    assert "its tables declare 745,058.1 GiB, more than the" in refusal(path)


def test_more_parts_than_a_slide_has(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], limit: Callable[..., None]
) -> None:
    limit(MOST_PARTS=100)
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        for number in range(101):
            file.create_group(f"uns/{number}")
    assert "holds more than 100 groups and arrays" in refusal(path)


def test_many_ways_to_one_part_are_walked_once(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        inner = file.create_group("uns/deep")
        for _ in range(60):  # 2**60 paths
            outer = file.create_group("uns/deeper")
            outer["a"] = outer["b"] = inner
            del file["uns/deep"], file["uns/deeper"]
            file["uns/deep"] = inner = outer
    sound(read_slides(path, REGION))


# Zarr stores


def unpickling(store: Path, array: str) -> None:
    about = json.loads((store / array / ".zarray").read_text())
    about["filters"] = [*(about["filters"] or []), {"id": "pickle", "protocol": 5}]
    (store / array / ".zarray").write_text(json.dumps(about))


class Touch:
    """Runs when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("consolidated", [True, False])
def test_pickled_objects_in_a_store_are_never_loaded(toy_adata: AnnData, tmp_path: Path, consolidated: bool) -> None:
    store = zarr_store(tmp_path / "pickled", toy_adata)
    for chunk in (store / "var/_index").glob("[0-9]*"):
        chunk.write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    unpickling(store, "var/_index")
    if consolidated and (store / ".zmetadata").exists():
        about = json.loads((store / ".zmetadata").read_text())
        about["metadata"]["var/_index/.zarray"]["filters"] += [{"id": "pickle", "protocol": 5}]
        (store / ".zmetadata").write_text(json.dumps(about))
    else:
        (store / ".zmetadata").unlink(missing_ok=True)
    assert "holds pickled objects at" in refusal(store)
    assert not (tmp_path / "ran").exists()


def test_a_word_of_a_user_is_no_codec(toy_adata: AnnData, tmp_path: Path) -> None:
    toy_adata.obs["pickle"] = "pickle"
    toy_adata.uns["id"] = {"name": "pickle"}
    sound(read_slides(zarr_store(tmp_path / "word", toy_adata), REGION))


@pytest.mark.parametrize("kind", ["a file", "a folder"])
def test_links_out_of_a_store_are_called_so(toy_adata: AnnData, tmp_path: Path, secret: Path, kind: str) -> None:
    store = zarr_store(tmp_path / "linked", toy_adata)
    if kind == "a file":
        (chunk := next((store / "obsm/spatial").glob("[0-9]*"))).unlink()
        chunk.symlink_to(secret)
        said = f"holds a link at {chunk.relative_to(store)} to {secret}"
    else:
        shutil.move(store / "obsm", tmp_path / "obsm")
        (store / "obsm").symlink_to(tmp_path / "obsm")
        said = f"holds a link at obsm to {tmp_path / 'obsm'}"
    assert said in refusal(store)


PACKINGS = [(2, name) for name in ("zlib", "gzip", "bz2", "zstd", "blosc")] + [
    (3, n) for n in ("gzip", "zstd", "blosc")
]


@pytest.mark.parametrize(("version", "name"), PACKINGS)
@pytest.mark.filterwarnings("ignore")
def test_a_chunk_of_a_store_that_unpacks_to_more_than_it_declares(
    toy_adata: AnnData, tmp_path: Path, version: int, name: str
) -> None:
    import zarr.codecs

    codec = numcodecs.get_codec({"id": name})
    today = {"gzip": zarr.codecs.GzipCodec, "zstd": zarr.codecs.ZstdCodec, "blosc": zarr.codecs.BloscCodec}
    store = zarr_store(tmp_path / "bomb", toy_adata)
    (store / ".zmetadata").unlink(missing_ok=True)
    shutil.rmtree(store / "obsm/spatial")
    array = zarr.create_array(
        store / "obsm/spatial",
        shape=(256, 2),
        dtype="f8",
        zarr_format=version,
        compressors=codec if version == 2 else today[name](),
    )
    array[:] = 1.0
    (chunk,) = [path for path in (store / "obsm/spatial").rglob("*") if path.is_file() and path.name[0].isdigit()]
    chunk.write_bytes(codec.encode(bytes(2**24)))
    assert "obsm/spatial has a chunk that unpacks to more than the 4,096 bytes" in refusal(store)


def test_sound_stores_pass_the_guard(toy_adata: AnnData, tmp_path: Path) -> None:
    sound(read_slides(spatialdata_store(tmp_path / "data.zarr", toy_adata, placed=False), REGION))


def test_chunks_that_are_too_large_are_refused(toy_adata: AnnData, tmp_path: Path, write_h5ad: Callable) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        file.create_dataset("uns/huge", (10,), "<f8", chunks=(2**28,), maxshape=(None,), compression="gzip")
    assert "uns/huge has chunks of 2.0 GiB" in refusal(path)


# Others


def test_pickled_objects_of_numpy_and_pandas_are_no_slides(tmp_path: Path) -> None:
    harm = np.array([Touch(tmp_path / "ran")], object)
    np.savez(tmp_path / "slide.npz", X=harm, allow_pickle=True)
    (tmp_path / "slide.h5ad").write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    for name in ("slide.npz", "slide.h5ad"):
        with pytest.raises(NicheLensError, match="not an HDF5 file"):
            read_slides(tmp_path / name, REGION)
    assert not (tmp_path / "ran").exists()


def test_pickled_attributes_stay_bytes(toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path) -> None:
    path = write_h5ad(toy_adata)
    harm = np.void(pickle.dumps(Touch(tmp_path / "ran")))
    with h5py.File(path, "r+") as file:
        for where in ("obs", "var", "X", "obsm", "uns"):
            file[where].attrs["object"] = harm
        file["uns/organism"] = harm
    sound(read_slides(path, REGION))
    assert not (tmp_path / "ran").exists()


def test_what_does_not_unpack_beyond_its_limit_passes() -> None:
    content = bytes(5000)
    for codec in (numcodecs.Zlib(), numcodecs.GZip(), numcodecs.BZ2(), numcodecs.Zstd(), numcodecs.Blosc()):
        packed = bytes(codec.encode(content))
        assert not unpacks_beyond(codec.codec_id, packed, 5000)
        assert unpacks_beyond(codec.codec_id, packed, 4999)
    assert not unpacks_beyond("zlib", b"no zlib at all", 1)
    assert not unpacks_beyond("unknown", content, 1)
