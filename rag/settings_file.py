"""Writing settings into ``rag.toml``: comments and what is not changed stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rag.errors import SettingsError
from rag.settings import Settings

Value = str | int | float


def save_settings(path: Path, values: Mapping[str, Value]) -> None:
    """Set ``values`` in the settings file ``path``, made if there is none.

    An empty text takes the setting out of the file: its default holds again.

    Raises:
        SettingsError: a value is not valid, the file is not valid TOML, or it cannot be written.
    """
    import tomlkit

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig") if path.exists() else "")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read, so nothing was saved: {error}") from error
    for key, value in values.items():
        if value != "":
            document[key] = value
        else:
            document.pop(key, None)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(tomlkit.dumps(document), encoding="utf-8")
        # What this program could not read again must not take the place of what it can.
        Settings.load(file=partial, environment={})
        partial.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
