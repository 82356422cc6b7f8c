"""Every word of the page, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, fields

from rag.types import Language, Support


@dataclass(frozen=True, slots=True)
class Texts:
    """The page's words in one language. What stands in braces is filled in."""

    code: str
    other_code: str
    other_name: str
    tagline: str
    ask_tab: str
    library_tab: str
    placeholder: str
    send: str
    stop: str
    welcome: str
    examples: str
    sources: str
    no_sources: str
    reading: str
    open: str
    close: str
    previous: str
    next: str
    copy: str
    copied: str
    again: str
    clear: str
    theme: str
    quoted: str
    supported: str
    partly: str
    unsupported: str
    nearest: str
    seconds: str
    page: str
    document: str
    sections: str
    characters: str
    language: str
    add: str
    added: str
    not_added: str
    nothing_indexed: str
    indexing: str
    failed: str
    citation: str
    inspect_tab: str
    nothing_asked: str
    confidence: str
    passages: str
    sentences_read: str
    time: str
    section: str
    by_words: str
    by_meaning: str
    fused: str
    finding: str
    choosing: str
    writing: str

    def support(self, support: Support) -> str:
        """Return how a degree of support is called."""
        return str(getattr(self, support.value))


TEXTS = {
    Language.EN: Texts(
        code="en",
        other_code="zh",
        other_name="中文",
        tagline="Every sentence leads to the words that carry it.",
        ask_tab="Ask",
        library_tab="Library",
        placeholder="Ask your documents …",
        send="Ask",
        stop="Stop",
        welcome="Ask the documents a question",
        examples="For example",
        sources="Sources",
        no_sources="The sections that an answer rests on appear here.",
        reading="Reading {count} sections …",
        open="Open in the document",
        close="Close",
        previous="Previous citation",
        next="Next citation",
        copy="Copy",
        copied="Copied",
        again="Ask again",
        clear="New conversation",
        theme="Light or dark",
        quoted="word for word",
        supported="carried by the source",
        partly="only partly in the source",
        unsupported="not in the documents",
        nearest="Nearest sections",
        seconds="{seconds:.1f} s",
        page="page {page}",
        document="Document",
        sections="Sections",
        characters="Characters",
        language="Language",
        add="Add documents",
        added="{count} documents added or changed.",
        not_added="Not read:",
        nothing_indexed="There are no documents yet. Add some.",
        indexing="Indexing …",
        failed="This did not work: {reason}",
        citation="Citation {n}",
        inspect_tab="Inspect",
        nothing_asked="Ask something; this shows how the answer came about.",
        confidence="Confidence that the documents answer this",
        passages="Passages found",
        sentences_read="Sentences read",
        time="Time",
        section="Section",
        by_words="By words",
        by_meaning="By meaning",
        fused="Together",
        finding="Finding",
        choosing="Choosing",
        writing="Writing",
    ),
    Language.ZH: Texts(
        code="zh",
        other_code="en",
        other_name="English",
        tagline="每句回答都能追溯到原文。",
        ask_tab="提问",
        library_tab="文档库",
        placeholder="向文档提问……",
        send="提问",
        stop="停止",
        welcome="向文档提一个问题",
        examples="例如",
        sources="出处",
        no_sources="回答所依据的章节会显示在这里。",
        reading="正在阅读 {count} 个章节……",
        open="在文档中查看",
        close="关闭",
        previous="上一处引用",
        next="下一处引用",
        copy="复制",
        copied="已复制",
        again="重新提问",
        clear="新对话",
        theme="切换明暗",
        quoted="原文引用",
        supported="有出处支持",
        partly="仅部分有出处",
        unsupported="文档中没有依据",
        nearest="相近的章节",
        seconds="{seconds:.1f} 秒",
        page="第 {page} 页",
        document="文档",
        sections="章节数",
        characters="字符数",
        language="语言",
        add="添加文档",
        added="已添加或更新 {count} 个文档。",
        not_added="未能读取：",
        nothing_indexed="还没有文档，请先添加。",
        indexing="正在建立索引……",
        failed="操作失败：{reason}",
        citation="引用 {n}",
        inspect_tab="过程",
        nothing_asked="提问之后，这里会显示回答是怎样得出的。",
        confidence="文档能回答这个问题的把握",
        passages="检索到的段落",
        sentences_read="读过的句子",
        time="耗时",
        section="章节",
        by_words="词语匹配",
        by_meaning="语义匹配",
        fused="综合",
        finding="检索",
        choosing="选句",
        writing="输出",
    ),
}


def missing() -> list[str]:
    """Return the names of words that are empty in a language."""
    return [
        f"{texts.code}.{item.name}"
        for texts in TEXTS.values()
        for item in fields(texts)
        if not getattr(texts, item.name).strip()
    ]
