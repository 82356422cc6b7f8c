"""Why something failed, in the page's language.

An error is worded once, in English, where it is raised: that is what the command line prints, and
some reasons are kept as text (``library.json``) or come to the page through a job. So the page
knows a reason by its wording, and ``reason_texts`` has its Chinese. A test reads every error in the
source and fails for one that has none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.ui.reason_texts import CHINESE

_PLACE = re.compile(r"\{(\w+)\}")
# Worded in the page's language in its turn.
_NESTED = ("reason", "remedy", "found")
# No error is worded at greater length; what is longer is left as it is.
_LONGEST = 4000


def reason(code: str, error: object) -> str:
    """Return why something failed: in Chinese on the Chinese page, in English otherwise.

    Args:
        code: the page's language, "zh" or "en".
        error: an exception, or the text of one.
    """
    text = str(error)
    return _chinese(text) if code == "zh" and len(text) <= _LONGEST else text


def wording(text: str) -> str:
    """Return the wording in the catalogue that ``text`` is of; "" where there is none."""
    return next((key for key, pattern in _patterns().items() if pattern.fullmatch(text)), "")


@lru_cache(maxsize=512)
def _chinese(text: str) -> str:
    key = wording(text)
    if not key:
        # What fails with a file may begin with its path.
        path, _, rest = text.partition(": ")
        told = _chinese(rest) if rest else rest
        return text if told == rest else f"{path}：{told}"
    found = _patterns()[key].fullmatch(text)
    values = found.groupdict() if found else {}
    for name in _NESTED:
        if name in values:
            values[name] = _chinese(values[name])
    if "names" in values:
        values["names"] = values["names"].replace(" or ", " 或 ")
    # Not format(): braces within a value are the value's own.
    return _PLACE.sub(lambda place: values[place[1]], CHINESE[key])


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return each wording with what recognises it, the most telling first."""
    told = sorted(CHINESE, key=lambda key: -len(_PLACE.sub("", key)))
    return {key: _pattern(key) for key in told}


def _pattern(key: str) -> re.Pattern[str]:
    literal_and_name = _PLACE.split(key)
    parts = [
        f"(?P<{part}>.*?)" if number % 2 else re.escape(part)
        for number, part in enumerate(literal_and_name)
    ]
    return re.compile("".join(parts), re.DOTALL)
