"""Text → lexical terms: what the full-text index stores and what a question is matched by.

Chinese is segmented with jieba's dictionary in search mode (long words and the shorter words
inside them); Latin words are lower-cased and stemmed (Porter 2), so that plurals meet. Knows
nothing of documents or of the index.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from rag.language import is_cjk

_TOKEN = re.compile(r"[0-9a-z]+(?:[.\-+_'/][0-9a-z]+)*[+#]{0,2}|[^\W\d_]+|\d+")
# What's, doesn't: none of their parts is asked about.
_CONTRACTED = re.compile(
    r"(?:(?<=[A-Za-z])['’](?:s|re|d|ll|ve|m)|(?<![A-Za-z])[A-Za-z]+n['’]t)\b", re.IGNORECASE
)
_PARTS = re.compile(r"[0-9a-z]+")
# The dictionary has 一个多 ("a good one ..."), which would swallow the head of 一个多模态模型.
_BEFORE_MULTI = re.compile(r"(?<=一个)(?=多)")

# Words that say nothing about a passage. Question words are among them: a reader's 什么 or "how"
# stands in nearly every question and in few answers.
_STOPWORDS = frozenset(
    """
    a an the of to in on for and or nor but if then than that this these those it its is are
    was were be been being do does did done can could should would will shall may might must
    have has had i you he she we they me him her us them my your his our their as at by from
    with about into over under between among what which who whom whose when where why how
    there here so such not no yes also just only very much many more most some any each
    other both tell explain describe please give show mean means use used using
    的 了 和 与 及 或 是 在 有 也 都 而 就 于 对 把 被 让 给 从 到 以 为 因 由 这 那 这个
    那个 这些 那些 它 它们 他 她 我 你 我们 你们 他们 什么 怎么 怎样 怎么样 如何 为什么 为何
    哪 哪些 哪个 哪几 几 多少 吗 呢 吧 啊 请 请问 一下 说 说说 说明 介绍 解释 描述 讲 讲讲
    谈谈 一个 一种 一些 可以 能 能够 会 要 需要 应该 应 该 时 时候 之 其 其中 上 下 中 里 个
    种 进行 通过 使用 用 用于 以及 并 且 并且 但 但是 如果 则 还 还有 又 很 最 更 不 没有 没
    有什么 是什么 有哪些 哪几个 哪种 哪类 告诉 指 指的 所谓 是否 主要 通常 一般 常见 具体
    包括 到底 究竟 什么样 怎么做 怎么办 怎么回事 咋 咋样 啥 啥样 是啥 为啥 干嘛 跟 同 比 好
    好在 常用 常用的 目前 现在 现有 如今 近年 最近 一步步 一步 步步 分别 各 各自 几块 几个
    出现 关于 有关 有关系 关系 以前 之前 之后 然后 所有 任何 某个 某些 每个 想 做 说到 长 弄
    搞 了解 知道 想知道 求 谢谢 您 您好 你好 问 一问 之间 方面 起来 起 来 去 解释一下
    介绍一下 说一下 讲一下 简述 简单 详细 得到 还是 自己 不能 不会 不是 不要 不用 出来 下来 哪里
    哪儿 一共 一样 东西 以后 大概 意思 有没有 还要 的话 几种 哪几种 这种 情况 办法 是不是 干什么
    干啥 干 才能 里面 别的 时会 是从 看到 地方 着 得 才 只 再 太 当 往 叫 完 拿 咋办
    """.split()
)


def normalize(text: str) -> str:
    """Fold width and case, so that ＣＬＩＰ and clip meet. Length may change: for matching only."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> list[str]:
    """Return the terms of ``text`` in order, stopwords included, for indexing.

    A compound such as ``llava-1.5`` yields itself joined and its parts.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(_BEFORE_MULTI.sub(" ", normalize(text))):
        token = match.group()
        if any(map(is_cjk, token)):
            found.extend(_segment(token))
            continue
        parts = _PARTS.findall(token)
        if len(parts) > 1:
            found.append("".join(parts))
        found.extend(map(stem, parts or [token]))
    return found


def query_terms(text: str) -> list[str]:
    """Return the distinct terms a question is matched by: its terms without the stopwords.

    A question of stopwords alone gives an empty list.
    """
    distinct = dict.fromkeys(terms(without_contractions(text)))
    return [term for term in distinct if term not in _stopwords()]


def without_contractions(text: str) -> str:
    """Return a question without what's, doesn't and the like."""
    return _CONTRACTED.sub(" ", text)


def is_stopword(term: str) -> bool:
    """Whether a term, as ``terms`` has it, says nothing about a passage."""
    return term in _stopwords()


@cache
def _stopwords() -> frozenset[str]:
    """The stopwords as they come out of ``terms``."""
    return _STOPWORDS | {stem(word) for word in _STOPWORDS if word.isascii()}


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a lower-case Latin word without its ending, as ``terms`` has it."""
    # Short words and numbers are names more often than inflections: "DPO", "ViTs" apart.
    return str(_stemmer().stemWord(word)) if len(word) > 3 and word.isalpha() else word


def _segment(text: str) -> list[str]:
    import rjieba

    # Without the hidden Markov model: guesses at unknown words join what belongs apart (秩取), and
    # a question's guess differs from the document's.
    words: list[str] = rjieba.cut_for_search(text, False)
    return [word for word in words if not word.isspace()]
