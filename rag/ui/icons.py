"""The few drawings on the page's buttons."""

from __future__ import annotations

_HEAD = '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="'
_TAIL = '"/></svg>'

THUMB = (
    f"{_HEAD}M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3l-1.2 7"
    f"A2 2 0 0 1 17.8 20H7{_TAIL}"
)
PENCIL = f"{_HEAD}M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4{_TAIL}"
BIN = f"{_HEAD}M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5{_TAIL}"
DOWN = f"{_HEAD}M12 4v11M7 10.5l5 5 5-5M5 20h14{_TAIL}"
