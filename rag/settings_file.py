"""Writing settings into ``rag.toml``, line by line: comments and what is not changed stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import SettingsError
from rag.settings import Settings

Value = str | int | float


def save_settings(path: Path, values: Mapping[str, Value]) -> None:
    """Set ``values`` in the settings file ``path``, made if there is none.

    An empty text takes the setting out of the file: its default holds again.

    Raises:
        SettingsError: a value is not valid, the file is not valid TOML, or it cannot be written.
    """
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        wanted = tomllib.loads(before)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read, so nothing was saved: {error}") from error
    for key, value in values.items():
        wanted.pop(key, None)
        if value != "":
            wanted[key] = value
    text = before
    for key, value in values.items():
        text = _with_value(text, key, value)
    if not _says(text, wanted):
        raise SettingsError(
            f"{path} is written in a way that cannot be changed line by line; set "
            f"{', '.join(values)} in it by hand"
        )
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text, encoding="utf-8")
        # What this program could not read again must not take the place of what it can.
        Settings.load(file=partial, environment={})
        partial.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _with_value(text: str, key: str, value: Value) -> str:
    line = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=.*\n?", re.MULTILINE)
    # A JSON text or number is a TOML one too, but for DEL, which TOML wants escaped.
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    setting = f"{key} = {written}\n" if value != "" else ""
    changed, count = line.subn(lambda _: setting, text, count=1)
    if count:
        return changed
    return text + ("\n" if text and not text.endswith("\n") else "") + setting
