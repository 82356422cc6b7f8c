"""Whether a sentence leans on the one before it: it opens with a word that stands for another.

"It was trained on 3M pairs." and "其中两个是新的。" say nothing to a reader who does not see what
"it" is. Goes by the first words alone; knows nothing of documents.
"""

from __future__ import annotations

import re

_ENGLISH = re.compile(
    r"(?:(?:however|therefore|instead|in addition|also|thus|then|moreover|but|and|so|yet|still|"
    r"hence|otherwise|similarly|likewise|consequently|as a result|for example|for instance|"
    r"because|since|when|if|once|unlike|like|with|in|on|at|for|from|to|by|of)\b,? )?"
    r"(?:it|its|they|their|them|he|his|she|her|this|these|those|such|the (?:former|latter))\b",
    re.IGNORECASE,
)
# It stands for nothing here: "it is possible that …", "it takes two hours to …".
_EXPLETIVE = re.compile(
    r"(?:\w+,? )?it(?:['’]s| (?:is|was|can be|may be|might be|seems|appears))(?: \w+)?"
    r"(?: \w+ (?:that|to|how|whether|if)\b| that\b)|(?:\w+,? )?it takes\b|"
    # What a text says of itself needs nothing before it.
    r"(?:in )?this (?:chapter|section|document|part|page|guide|tutorial|handbook|paper|article|"
    r"book|report|manual|appendix|note|notebook)\b",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:但是?|因此|所以|不过|而且|并且|另外|此外|同时|然后|于是|然而|而|例如|比如|即使|如果|因为|由于|当|在|对|与|和|"
    r"从|用|按|为此)?[，,]?"
    r"(?:它|他们?|她们?|其(?![他它次实余间])|此(?![外])|这(?![里](?:介绍|列出|讨论))|"
    r"该(?![用怎如不从把在由先去做选有])|那(?:些|样|时)|[两二三]者(?![间])|前者|后者|上述)"
)
# A default is that of the thing described before; "By default the cache is off" names its own.
_DEFAULT = re.compile(
    r"(?:the )?defaults?(?: (?:value|limit|setting|size|number|time))?(?: (?:is|are|to)\b|[:：])|"
    r"(?:默认|缺省)(?:值|情况下)?(?:是|为|[:：])",
    re.IGNORECASE,
)


def leans_back(sentence: str) -> bool:
    """Whether ``sentence`` opens with a word that stands for what was said before."""
    if _CHINESE.match(sentence) or _DEFAULT.match(sentence):
        return True
    return bool(_ENGLISH.match(sentence)) and not _EXPLETIVE.match(sentence)
