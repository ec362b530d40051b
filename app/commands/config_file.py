"""`--config FILE.yaml`: options of a command from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from data_prep.errors import NicheLensError


def use_config_file(context: typer.Context, path: Path | None) -> Path | None:
    """Makes the values of a YAML file the defaults of a command; options on the command line win.

    A key is the long name of an option without the dashes in front, or the name of an argument. ``_`` may stand for
    ``-``. An option that may be repeated takes a value or a list of values, a switch takes true or false.

    Raises:
        NicheLensError: the file is missing or no YAML, has a key that the command does not know, or a value of the
            wrong form.
    """
    if path is None:
        return None
    parameters = {}
    for parameter in context.command.params:
        is_option = parameter.param_type_name == "option"
        parameters[max(parameter.opts, key=len).lstrip("-") if is_option else parameter.name] = parameter
    for name in ("config", "quiet", "verbose", "help"):
        parameters.pop(name, None)
    defaults = {}
    for key, value in _read_yaml(path).items():
        name = str(key).replace("_", "-") if str(key) not in parameters else str(key)
        if name not in parameters:
            from data_prep.errors import suggest

            message = f"--config {path}: unknown key '{key}'; {suggest(name, list(parameters), kind='keys')}"
            raise NicheLensError(message)
        if value is not None:
            defaults[parameters[name].name] = _as_given(parameters[name], value, f"--config {path}: {key}")
    context.default_map = defaults
    return path


def _read_yaml(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"--config {path}: {error.strerror}"
        raise NicheLensError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"--config {path}: not readable as YAML ({' '.join(str(error).split())})"
        raise NicheLensError(message) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        message = f"--config {path}: must hold one `option: value` per line"
        raise NicheLensError(message)
    return content


def _as_given(parameter: Any, value: Any, where: str) -> Any:
    """A value of the file in the form in which the command line gives it: text, a list of texts, or a boolean."""
    if getattr(parameter, "is_flag", False):
        if not isinstance(value, bool):
            message = f"{where} is {value!r} and must be true or false"
            raise NicheLensError(message)
        return value
    takes_many = getattr(parameter, "multiple", False) or parameter.nargs != 1
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not takes_many:
        message = f"{where} takes one value and has a list"
        raise NicheLensError(message)
    if any(isinstance(part, (dict, list, bool)) or part is None for part in values):
        message = f"{where} is {value!r} and must be text or a number"
        raise NicheLensError(message)
    texts = [str(part) for part in values]
    return texts if takes_many else texts[0]
