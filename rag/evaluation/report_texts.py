"""The words of the HTML report, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.types import Language


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The report's words in one language. What stands in braces is filled in.

    ``columns`` are the measures in the order of ``tables.cells``.
    """

    code: str
    title: str
    language: str
    kind: str
    count: str
    every: str
    columns: tuple[str, ...]
    languages: Mapping[str, str]
    kinds: Mapping[str, str]
    roles: Mapping[str, str]
    models: str
    auc: str
    speed: str
    between: str
    confidence: str
    confidence_caption: str
    time: str
    histogram: str
    failures: str
    none: str
    note: str
    found: str
    no_answer: str
    evidence: str
    answered_anyway: str
    declined: str
    not_found: str
    lacks: str


_EN = ReportTexts(
    code="en",
    title="Evaluation of {name}",
    language="language",
    kind="kind",
    count="n",
    every="all",
    columns=(
        "section@1",
        "recall@3",
        "MRR",
        "nDCG@5",
        "facts",
        "right",
        "cited there",
        "cit. recall",
        "cit. precision",
        "supported",
        "verbatim",
        "declined",
    ),
    languages={},
    kinds={},
    roles={},
    models="models: {models}",
    auc="abstention AUC {auc:.3f} (nothing answered below {threshold:.2f})",
    speed="median evidence {evidence:.0f} ms, first token {first:.0f} ms, answer {total:.0f} ms "
    "(95%: {most:.0f} ms)",
    between="; ",
    confidence="Confidence",
    confidence_caption="Share of answerable (green) and unanswerable questions (red) by the "
    "confidence of the answer. Left of the dashed line nothing is answered.",
    time="Time to the whole answer",
    histogram="Histogram",
    failures="Not as expected ({count})",
    none="None.",
    note="Note: {note}",
    found="Wanted: {wanted}; first found at rank {rank}; confidence {confidence:.2f}",
    no_answer="no answer",
    evidence="Evidence",
    answered_anyway="answered, though nothing answers it",
    declined="declined",
    not_found="wanted section not found",
    lacks="lacks {fact}",
)

_ZH = ReportTexts(
    code="zh",
    title="评测报告：{name}",
    language="语言",
    kind="类型",
    count="题数",
    every="全部",
    columns=(
        "首位命中",
        "召回@3",
        "MRR",
        "nDCG@5",
        "要点",
        "符合预期",
        "引用命中",
        "引用召回",
        "引用精确",
        "有依据",
        "逐字一致",
        "拒答",
    ),
    languages={"zh": "中文", "en": "英文", "other": "其他"},
    kinds={"answerable": "可回答", "unanswerable": "无法回答", "followup": "追问"},
    roles={"user": "用户", "assistant": "助手", "system": "系统"},
    models="模型：{models}",
    auc="拒答 AUC {auc:.3f}（置信度低于 {threshold:.2f} 时不回答）",
    speed="中位耗时：检索证据 {evidence:.0f} ms，首个 token {first:.0f} ms，完整回答 {total:.0f} ms"
    "（95% 分位 {most:.0f} ms）",
    between="；",
    confidence="置信度",
    confidence_caption="可回答（绿）与无法回答（红）的问题按回答置信度的分布；虚线左侧不予回答。",
    time="完整回答耗时",
    histogram="直方图",
    failures="不符合预期（{count}）",
    none="无。",
    note="备注：{note}",
    found="期望：{wanted}；首次命中排名 {rank}；置信度 {confidence:.2f}",
    no_answer="不回答",
    evidence="证据",
    answered_anyway="文档中没有依据，却给出了回答",
    declined="拒答",
    not_found="未找到期望的章节",
    lacks="缺少 {fact}",
)

REPORT_TEXTS = {Language.EN: _EN, Language.ZH: _ZH}
