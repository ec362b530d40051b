"""Builds the wheel: the folders of the checkout become one package, `nichelens`.

The checkout holds `app`, `data_prep`, `inference` and `training` as top-level packages. In the wheel they are
`nichelens.app`, `nichelens.data_prep`, ... and `nichelens.py` is `nichelens/__init__.py`, so that an installation adds
a single name to an environment. The build rewrites the imports. CONTRIBUTING.md gives the reasons.

An editable installation (`pip install -e`) keeps the folders as they are.
"""

import ast
import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel
from setuptools.errors import SetupError

CHECKOUT = Path(__file__).resolve().parent
ROOMS = ("app", "data_prep", "inference", "training")
PACKAGES = find_packages(str(CHECKOUT), include=[pattern for room in ROOMS for pattern in (room, f"{room}.*")])
DATA = {
    "nichelens": ["models/*/*"],
    "nichelens.inference": ["**/*.jinja", "**/*.css", "**/*.js"],
    "nichelens.app": ["**/*.jinja", "**/*.css", "**/*.js"],
    "nichelens.training": ["recipes/*.yaml", "recipes/arms/*.yaml"],
}
TEXT = {".py", ".yaml"}
"""Suffixes of the files that can name modules."""
MAIN = '''"""`python -m nichelens` is the `nichelens` command."""

import sys

from nichelens import main

sys.exit(main())
'''


def read_version() -> str:
    """The version that nichelens.py states."""
    match = re.search(r'^__version__ = "(.+)"$', (CHECKOUT / "nichelens.py").read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        message = "nichelens.py: states no __version__"
        raise SetupError(message)
    return match[1]


def move_into_nichelens(source: str, modules: set[str]) -> str:
    """A file's text with every module of the rooms named as in the wheel.

    Args:
        source: text of a Python file or a recipe.
        modules: dotted names of all modules and packages of the rooms.
    """
    dotted = re.compile(rf"(?<![\w./])(?:{'|'.join(ROOMS)})(?:\.\w+)+")
    bare = re.compile(rf"^(\s*from )({'|'.join(ROOMS)})(?= import )", re.MULTILINE)

    def rename(match: re.Match[str]) -> str:
        first_two = ".".join(match[0].split(".")[:2])
        return f"nichelens.{match[0]}" if first_two in modules else match[0]

    return bare.sub(r"\1nichelens.\2", dotted.sub(rename, source))


def check_imports(source: str, file: str) -> None:
    """Refuses a rewritten file that still uses a room as a top-level package.

    Args:
        source: text of the Python file.
        file: its name, for the message.

    Raises:
        SetupError: an import of a room, or a variable with a room's name.
    """
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else []
        elif isinstance(node, ast.Name):
            names = [node.id]
        for name in names:
            if name.partition(".")[0] in ROOMS:
                message = (
                    f"{file}:{node.lineno}: uses '{name}', which the wheel does not have under this name; "
                    "write the import as `from ROOM.MODULE import NAME`, and give no variable the name of a room"
                )
                raise SetupError(message)


class BuildPackage(build_py):
    """Copies the files of the checkout into `nichelens/` and rewrites them there."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """The modules of a package; the top of the checkout holds one for the wheel: `nichelens.py`."""
        if package == "nichelens":
            return [(package, "__init__", str(Path(package_dir) / "nichelens.py"))]
        return super().find_package_modules(package, package_dir)

    def run(self) -> None:
        """Builds the package."""
        super().run()
        if self.editable_mode:
            return
        built = Path(self.build_lib) / "nichelens"
        (built / "__main__.py").write_text(MAIN, encoding="utf-8")
        files = [path for path in sorted(built.rglob("*")) if path.suffix in TEXT]
        modules = {".".join(path.relative_to(built).with_suffix("").parts) for path in files if path.suffix == ".py"}
        modules = {name.removesuffix(".__init__") for name in modules}
        for path in files:
            text = move_into_nichelens(path.read_text(encoding="utf-8"), modules)
            if path.suffix == ".py":
                check_imports(text, str(path.relative_to(built)))
            path.write_text(text, encoding="utf-8")


class EditablePackage(editable_wheel):
    """Installs the folders of the checkout under their own names."""

    def run(self) -> None:
        """Installs."""
        self.distribution.packages = PACKAGES
        self.distribution.py_modules = ["nichelens"]
        self.distribution.package_dir = self.package_dir = {}
        super().run()


if __name__ == "__main__":
    setup(
        version=read_version(),
        packages=["nichelens", *(f"nichelens.{name}" for name in PACKAGES)],
        package_dir={"nichelens": ".", **{f"nichelens.{name}": name.replace(".", "/") for name in PACKAGES}},
        package_data=DATA,
        include_package_data=False,
        cmdclass={"build_py": BuildPackage, "editable_wheel": EditablePackage},
    )
