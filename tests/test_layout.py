"""The layout of the source: imports run downwards only and in no circle, and each file has a name of its own.

Imports inside functions count. Imports under `if TYPE_CHECKING:` do not: they are never executed.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = ("data_prep", "inference", "training", "app")
"""From the lowest to the highest: a room imports from itself and from lower rooms."""
LAYERS: dict[str, list[set[str]]] = {
    "data_prep": [
        {"read"},
        {"figures"},
        {"facts"},
        {"slide_loading"},
        {"claims"},
        {"tasks"},
        {"dataset"},
        {"gene_text"},
        {"synth"},
    ],
    "inference": [{"model"}, {"engine"}, {"answers"}, {"evaluation"}],
    "training": [{"adapter", "nano"}, {"sft", "pretrain"}],
    "app": [{"tools"}, {"web"}, {"commands"}, {"cli"}],
}
"""Folders and modules of each room, from the lowest to the highest. Modules without an entry are below all of them.

Names in the same set stand beside each other and do not import each other.
"""
LONGEST = 350
"""Lines of a source file."""
SHARED_NAMES = {"__init__.py", "conftest.py"}
"""Names that Python and pytest give, which many files have."""


def source_files(root: Path) -> list[Path]:
    """Source files below a root, by path relative to it."""
    files = [path for room in ROOMS for path in (root / room).rglob("*.py")]
    return sorted(path.relative_to(root) for path in [*files, *root.glob("nichelens.py")])


def imports(root: Path, file: Path) -> Iterator[Path]:
    """Source files that a file imports."""
    for node in executed(ast.parse((root / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            found = module_file(root, name) or module_file(root, name.rpartition(".")[0])
            if found is not None and found != file:
                yield found


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below a node, without the bodies of `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from executed(other)
            continue
        yield child
        yield from executed(child)


def module_file(root: Path, name: str) -> Path | None:
    """The source file of a module, None if it is not ours."""
    if name.partition(".")[0] not in (*ROOMS, "nichelens"):
        return None
    path = Path(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if (root / file).is_file()), None)


def graph(root: Path) -> dict[Path, set[Path]]:
    """Each source file and what it imports."""
    return {file: set(imports(root, file)) for file in source_files(root)}


def layer(file: Path) -> tuple[int, int, str]:
    """(place of the room, place of the folder or module in it, its name); higher places may import lower ones."""
    room, *rest = file.with_suffix("").parts
    if room == "nichelens":
        return len(ROOMS), 0, room
    name = rest[0]
    places = [place for place, names in enumerate(LAYERS[room], 1) if name in names]
    return ROOMS.index(room), places[0] if places else 0, name if places else ""


def arrows_up(root: Path) -> list[str]:
    """Imports of something that stands higher, or beside."""
    return [
        f"{file} imports {target}"
        for file, targets in graph(root).items()
        for target in sorted(targets)
        if layer(target)[:2] > layer(file)[:2]
        or (layer(target)[:2] == layer(file)[:2] and layer(target)[2] != layer(file)[2])
    ]


def circle(edges: dict[Path, set[Path]]) -> list[str]:
    """The nodes of one circle, [] if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return [str(node) for node in error.args[1]]
    return []


def folder_graph(root: Path) -> dict[Path, set[Path]]:
    """Each folder and the folders that its files import. The files of a folder with folders in it stand alone."""
    files = source_files(root)
    parents = {ancestor for file in files for ancestor in file.parent.parents}

    def node(file: Path) -> Path:
        return file if file.parent in parents else file.parent

    edges: dict[Path, set[Path]] = {}
    for file, targets in graph(root).items():
        edges.setdefault(node(file), set()).update(node(target) for target in targets if node(target) != node(file))
    return edges


def repeated_names(root: Path) -> list[str]:
    """File names that occur more than once, tests and docs included."""
    files = [path for folder in (*ROOMS, "tests", "docs") for path in (root / folder).rglob("*.py")]
    counts = Counter(path.name for path in files if path.name not in SHARED_NAMES)
    return sorted(name for name, count in counts.items() if count > 1)


def long_files(root: Path) -> list[str]:
    """Source files with too many lines."""
    counts = {file: len((root / file).read_text(encoding="utf-8").splitlines()) for file in source_files(root)}
    return [f"{file}: {count} lines" for file, count in counts.items() if count > LONGEST]


def test_imports_run_downwards() -> None:
    assert arrows_up(REPOSITORY) == []


def test_files_import_each_other_in_no_circle() -> None:
    assert circle(graph(REPOSITORY)) == []


def test_folders_import_each_other_in_no_circle() -> None:
    assert circle(folder_graph(REPOSITORY)) == []


def test_no_file_name_occurs_twice() -> None:
    assert repeated_names(REPOSITORY) == []


def test_source_files_are_short() -> None:
    assert long_files(REPOSITORY) == []


def test_every_layer_exists() -> None:
    for room, layers in LAYERS.items():
        for name in set().union(*layers):
            path = REPOSITORY / room / name
            assert path.is_dir() or path.with_suffix(".py").is_file(), f"{room}/{name}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small source tree in order."""
    for file, content in {
        "data_prep/slide.py": "",
        "data_prep/read/formats.py": "from data_prep.slide import Slide",
        "data_prep/facts/facts.py": "def f():\n    from data_prep.read import formats",
        "inference/engine/engine.py": "import data_prep.facts.facts",
        "training/adapter/trainer.py": "",
        "training/nano/sizes.py": "",
        "training/sft.py": "from training.adapter import trainer",
        "app/cli.py": "from training import sft",
        "nichelens.py": "import app.cli",
    }.items():
        write(tmp_path, file, content)
    return tmp_path


def write(root: Path, file: str, content: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(content)


def test_a_tree_in_order_passes(tree: Path) -> None:
    assert len(source_files(tree)) == 9
    assert sum(map(len, graph(tree).values())) == 6
    assert (arrows_up(tree), circle(graph(tree)), circle(folder_graph(tree))) == ([], [], [])
    assert (repeated_names(tree), long_files(tree)) == ([], [])


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data_prep/slide.py", "from inference.engine.engine import Engine"),
        ("data_prep/read/formats.py", "def f():\n    from data_prep.facts.facts import Facts"),
        ("data_prep/slide.py", "import data_prep.read.formats"),
        ("training/nano/sizes.py", "from training.adapter import trainer"),
        ("inference/engine/engine.py", "import nichelens"),
    ],
)
def test_an_arrow_that_runs_up_is_seen(tree: Path, file: str, content: str) -> None:
    write(tree, file, content)
    assert len(arrows_up(tree)) == 1
    assert arrows_up(tree)[0].startswith(file)


def test_an_import_for_types_alone_is_no_arrow(tree: Path) -> None:
    write(tree, "data_prep/slide.py", "if TYPE_CHECKING:\n    from app.cli import main\n")
    assert arrows_up(tree) == []
    write(tree, "data_prep/slide.py", "if TYPE_CHECKING:\n    pass\nelse:\n    from app.cli import main\n")
    assert arrows_up(tree) == ["data_prep/slide.py imports app/cli.py"]


def test_circles_are_seen(tree: Path) -> None:
    write(tree, "data_prep/read/columns.py", "from data_prep.read import formats")
    assert circle(graph(tree)) == []
    write(tree, "data_prep/read/formats.py", "def f():\n    import data_prep.read.columns")
    assert set(circle(graph(tree))) == {"data_prep/read/columns.py", "data_prep/read/formats.py"}
    assert circle(folder_graph(tree)) == []
    write(tree, "app/web/page.py", "from app.commands import ask")
    write(tree, "app/web/upload.py", "")
    write(tree, "app/commands/ask.py", "")
    write(tree, "app/commands/demo.py", "from app.web import upload")
    assert set(circle(folder_graph(tree))) == {"app/web", "app/commands"}


def test_repeated_names_and_long_files_are_seen(tree: Path) -> None:
    write(tree, "app/web/slide.py", "\n" * 351)
    write(tree, "app/web/__init__.py", "")
    write(tree, "app/__init__.py", "")
    assert repeated_names(tree) == ["slide.py"]
    assert long_files(tree) == ["app/web/slide.py: 351 lines"]
