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
    waiting: str
    stopped: str
    edit: str
    edit_drops: str
    cancel: str
    followups: str
    found: str
    also_read: str
    relevance: str
    gone: str
    history: str
    history_search: str
    no_history: str
    no_match: str
    delete: str
    delete_sure: str
    keep: str
    export: str
    export_as: str
    span: str
    good: str
    bad: str
    note: str
    note_send: str
    note_kept: str
    not_kept: str
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
    language: str
    add: str
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
        waiting="Waiting, {count} ahead of you.",
        stopped="Stopped before it was finished.",
        edit="Edit the question",
        edit_drops="What was asked after it will be removed.",
        cancel="Cancel",
        followups="Also answered in the documents",
        found="Found so far",
        also_read="Also read: {count}",
        relevance="relevance {score:.2f}",
        gone="These words are no longer in the document.",
        history="Conversations",
        history_search="Search the conversations",
        no_history="No conversations yet.",
        no_match="No conversation holds these words.",
        delete="Delete",
        delete_sure="Delete for good?",
        keep="Keep",
        export="Export",
        export_as="Export as Markdown",
        span="characters {start}–{end}",
        good="Good answer",
        bad="Bad answer",
        note="What is right or missing? The note stays on this machine.",
        note_send="Save the note",
        note_kept="Saved. Thank you.",
        not_kept="This conversation was not kept: {reason}",
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
        language="Language",
        add="Add documents",
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
        waiting="排队中，前面还有 {count} 个提问。",
        stopped="回答未完成，已停止。",
        edit="修改问题",
        edit_drops="其后的问答将被移除。",
        cancel="取消",
        followups="文档还能回答",
        found="已找到的依据",
        also_read="另外读过 {count} 个章节",
        relevance="相关度 {score:.2f}",
        gone="文档中已经没有这段文字。",
        history="历史对话",
        history_search="搜索历史对话",
        no_history="还没有对话。",
        no_match="没有包含这些词的对话。",
        delete="删除",
        delete_sure="确定删除？",
        keep="保留",
        export="导出",
        export_as="导出为 Markdown",
        span="第 {start}–{end} 字符",
        good="回答得好",
        bad="回答得不好",
        note="哪里答得好，或者缺了什么？备注只保存在本机。",
        note_send="保存备注",
        note_kept="已保存，谢谢。",
        not_kept="这次对话未能保存：{reason}",
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
        language="语言",
        add="添加文档",
        nothing_indexed="还没有文档，请先添加。",
        indexing="正在建立索引……",
        failed="操作失败：{reason}",
        citation="引用 {n}",
        inspect_tab="过程",
        nothing_asked="提问之后，这里会显示回答是怎样得出的。",
        confidence="文档能够回答该问题的置信度",
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
