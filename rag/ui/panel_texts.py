"""The words of library, settings and quality, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelTexts:
    """The panels' words in one language. What stands in braces is filled in."""

    code: str
    # Shared
    cancel: str
    cancelled: str
    busy: str
    # Collections
    collection: str
    collection_title: str
    default_collection: str
    new_collection: str
    collection_name: str
    create: str
    rename_collection: str
    rename: str
    delete_collection: str
    collections_about: str
    delete_collection_sure: str
    # Library
    drop: str
    choose_files: str
    limits: str
    too_large: str
    too_many: str
    uploading: str
    add_folder: str
    folder_hint: str
    add: str
    index_all: str
    index_one: str
    delete: str
    delete_sure: str
    delete_upload_sure: str
    open: str
    filter: str
    count: str
    state: str
    size: str
    actions: str
    indexed: str
    changed: str
    missing: str
    failed: str
    kept_version: str
    languages: dict[str, str]
    indexing: str
    index_done: str
    index_failed: str
    index_cancelled: str
    not_read: str
    # Settings
    settings_tab: str
    answering_model: str
    present: str
    not_present: str
    needs: str
    too_big: str
    download: str
    downloading: str
    download_done: str
    download_note: str
    other_models: str
    role: str
    roles: dict[str, str]
    model: str
    ram: str
    licence: str
    mode: str
    modes: dict[str, str]
    mode_hint: str
    k: str
    k_hint: str
    confidence: str
    confidence_hint: str
    unsupported: str
    unsupported_choices: dict[str, str]
    unsupported_hint: str
    apply: str
    applied: str
    save: str
    saved: str
    embedder_note: str
    # Quality
    quality_tab: str
    quality_about: str
    question_set: str
    choose_set: str
    set_path: str
    set_path_hint: str
    set_too_large: str
    set_not_utf8: str
    run: str
    evaluating: str
    evaluation_done: str
    evaluation_failed: str
    report: str
    download_report: str
    draft: str
    draft_hint: str
    draft_count: str
    drafting: str
    draft_done: str
    download_draft: str
    nothing_drafted: str
    # Reader
    page_view: str
    text_view: str
    page_of: str
    previous_page: str
    next_page: str
    page_image: str
    # Inspection
    left_out: str
    passed_over: str
    sentences_taken: str
    sentence_count: str


EN = PanelTexts(
    code="en",
    cancel="Cancel",
    cancelled="Cancelled.",
    busy="This is already under way.",
    collection="Collection",
    collection_title="Collection: {name}",
    default_collection="Default",
    new_collection="New collection",
    collection_name="Name",
    create="Create",
    rename_collection="Rename this collection",
    rename="Rename",
    delete_collection="Delete this collection",
    delete_collection_sure="Delete the collection “{name}” with its index and the files that were "
    "added to it here? Files elsewhere on this machine stay.",
    collections_about="A collection has an index of its own: its questions are answered from its "
    "documents alone. The switch is in the page's head.",
    drop="Drop documents here",
    choose_files="Choose files",
    limits="Up to {files} files at once, {mib} MiB each: PDF, Word, PowerPoint, Excel, Markdown, "
    "HTML, text, CSV, notebooks, EPUB",
    too_large="{name} has {mib} MiB; at most {limit} MiB are read.",
    too_many="{count} files at once; at most {limit}. Add their folder by its path instead.",
    uploading="Taking in {name} …",
    add_folder="Folder on this machine",
    folder_hint="/home/me/papers",
    add="Add",
    index_all="Read all again",
    index_one="Read again",
    delete="Remove",
    delete_sure="Take “{name}” out of the index? The file itself stays; reading its folder again "
    "brings it back.",
    delete_upload_sure="Remove “{name}”? It was added here, and its file is deleted too.",
    open="Open",
    filter="Filter by name",
    count="{count} documents",
    state="State",
    size="Size",
    actions="Actions",
    indexed="indexed",
    changed="changed on disk",
    missing="file missing",
    failed="failed",
    kept_version="the last good version stays in the index",
    languages={"zh": "Chinese", "en": "English", "other": "other"},
    indexing="Indexing",
    index_done="{added} added, {changed} changed, {unchanged} unchanged, {removed} removed.",
    index_failed="Indexing did not work: {reason}",
    index_cancelled="Cancelled. What was read until then is in the index.",
    not_read="Not read:",
    settings_tab="Settings",
    answering_model="Answering model",
    present="on this machine",
    not_present="not downloaded",
    needs="{size}, needs {ram} of memory",
    too_big="more memory than is free now",
    download="Download",
    downloading="Downloading {name}",
    download_done="{name} is here.",
    download_note="Downloading is the only thing that opens a connection, and only when you press "
    "the button.",
    other_models="Models",
    role="Use",
    roles={"llm": "answers", "embedder": "finds passages", "reranker": "judges evidence"},
    model="Model",
    ram="Memory",
    licence="Licence",
    mode="How answers are made",
    modes={
        "auto": "As the model allows",
        "quote": "Quoted word for word",
        "write": "Written by the model",
    },
    mode_hint="Below about 3B parameters, quoting is the safer choice.",
    k="Passages",
    k_hint="How many passages are read for a question.",
    confidence="Confidence needed",
    confidence_hint="Below it nothing is answered. 0 always answers.",
    unsupported="Sentences that no source carries",
    unsupported_choices={"mark": "Mark them", "remove": "Leave them out"},
    unsupported_hint="Only written answers have such sentences.",
    apply="Apply",
    applied="Holds from the next question on, until the program ends.",
    save="Apply and save",
    saved="Holds from the next question on, and is saved in {file}.",
    embedder_note="The index was made with {embedder}. For another one, set embedder in rag.toml "
    "and run rag index: every document is read again.",
    quality_tab="Quality",
    quality_about="How good are the answers over these documents? Ask a set of questions whose "
    "answers are known, and see.",
    question_set="Question set",
    choose_set="Choose a .jsonl file",
    set_path="Or its path on this machine",
    set_path_hint="/home/me/questions.jsonl",
    set_too_large="The file has {mib} MiB; question sets of at most {limit} MiB are read here.",
    set_not_utf8="The file is not UTF-8: save it as UTF-8.",
    run="Ask all",
    evaluating="Asking",
    evaluation_done="{right} of {count} as expected.",
    evaluation_failed="This did not work: {reason}",
    report="Report",
    download_report="Download the report",
    draft="Draft questions",
    draft_hint="No set yet? Let questions be drafted from the documents, then correct them and add "
    "some that the documents do not answer.",
    draft_count="How many",
    drafting="Drafting",
    draft_done="{count} questions drafted.",
    download_draft="Download the questions",
    nothing_drafted="The documents gave no questions. Add some first.",
    page_view="Page",
    text_view="Text",
    page_of="Page {number} of {count}",
    previous_page="Previous page",
    next_page="Next page",
    page_image="Page {number} of {name}",
    left_out="left out",
    passed_over="Scored and left out of the prompt",
    sentences_taken="In the prompt",
    sentence_count="{count} sentences",
)

ZH = PanelTexts(
    code="zh",
    cancel="取消",
    cancelled="已取消。",
    busy="该操作正在进行中。",
    collection="文档集",
    collection_title="文档集：{name}",
    default_collection="默认",
    new_collection="新建文档集",
    collection_name="名称",
    create="新建",
    rename_collection="重命名当前文档集",
    rename="重命名",
    delete_collection="删除当前文档集",
    delete_collection_sure="删除文档集“{name}”，连同其索引和在此上传的文件？本机其他位置的文件不受影响。",
    collections_about="每个文档集有独立的索引，提问时只查找其中的文档。可在页面顶部切换。",
    drop="将文档拖到这里",
    choose_files="选择文件",
    limits="一次最多 {files} 个文件，单个不超过 {mib} MiB；支持 PDF、Word、PowerPoint、Excel、"
    "Markdown、HTML、纯文本、CSV、Notebook、EPUB",
    too_large="{name} 大小为 {mib} MiB，超过上限 {limit} MiB。",
    too_many="一次选择了 {count} 个文件，上限为 {limit} 个；可改为按路径添加整个文件夹。",
    uploading="正在上传 {name}……",
    add_folder="本机文件夹",
    folder_hint="/home/me/papers",
    add="添加",
    index_all="全部重新索引",
    index_one="重新索引",
    delete="移除",
    delete_sure="将“{name}”移出索引？文件本身会保留；重新索引其所在文件夹时会再次加入。",
    delete_upload_sure="移除“{name}”？该文件是在此上传的，将一并删除。",
    open="打开",
    filter="按名称筛选",
    count="共 {count} 个文档",
    state="状态",
    size="大小",
    actions="操作",
    indexed="已索引",
    changed="文件已修改",
    missing="文件不存在",
    failed="失败",
    kept_version="索引中保留上一个可用版本",
    languages={"zh": "中文", "en": "英文", "other": "其他"},
    indexing="正在索引",
    index_done="新增 {added}，更新 {changed}，未变 {unchanged}，移除 {removed}。",
    index_failed="索引失败：{reason}",
    index_cancelled="已取消，此前读取的文档已写入索引。",
    not_read="未能读取：",
    settings_tab="设置",
    answering_model="回答模型",
    present="已在本机",
    not_present="未下载",
    needs="{size}，需要内存 {ram}",
    too_big="超过当前可用内存",
    download="下载",
    downloading="正在下载 {name}",
    download_done="{name} 已下载到本机。",
    download_note="只有点击下载按钮时才会联网，其他操作均不联网。",
    other_models="模型",
    role="用途",
    roles={"llm": "生成回答", "embedder": "检索段落", "reranker": "判断证据"},
    model="模型",
    ram="内存",
    licence="许可证",
    mode="回答方式",
    modes={"auto": "按模型能力自动选择", "quote": "逐字引用原文", "write": "由模型撰写"},
    mode_hint="参数量约 3B 以下的模型建议使用逐字引用。",
    k="段落数",
    k_hint="每个问题读取的段落数量。",
    confidence="置信度阈值",
    confidence_hint="低于该值则不回答；设为 0 则总是回答。",
    unsupported="没有出处的句子",
    unsupported_choices={"mark": "标出", "remove": "删去"},
    unsupported_hint="只有模型撰写的回答才会出现这类句子。",
    apply="应用",
    applied="从下一个问题起生效，程序退出后失效。",
    save="应用并保存",
    saved="从下一个问题起生效，已保存到 {file}。",
    embedder_note="索引由 {embedder} 建立。如需更换，请在 rag.toml 中设置 embedder，"
    "再运行 rag index，所有文档会重新入库。",
    quality_tab="质量",
    quality_about="这些文档上的回答质量如何？用一组已知答案的问题测一测。",
    question_set="问题集",
    choose_set="选择 .jsonl 文件",
    set_path="或填写本机路径",
    set_path_hint="/home/me/questions.jsonl",
    set_too_large="文件大小为 {mib} MiB；此处最多读取 {limit} MiB 的问题集。",
    set_not_utf8="文件不是 UTF-8 编码，请另存为 UTF-8 后再试。",
    run="开始评测",
    evaluating="正在提问",
    evaluation_done="{count} 个问题中 {right} 个符合预期。",
    evaluation_failed="操作失败：{reason}",
    report="评测报告",
    download_report="下载报告",
    draft="生成问题",
    draft_hint="还没有问题集？可以先从文档中生成，再人工校正，并补充一些文档无法回答的问题。",
    draft_count="数量",
    drafting="正在生成",
    draft_done="已生成 {count} 个问题。",
    download_draft="下载问题集",
    nothing_drafted="无法从当前文档中生成问题，请先添加文档。",
    page_view="原页",
    text_view="文本",
    page_of="第 {number} / {count} 页",
    previous_page="上一页",
    next_page="下一页",
    page_image="{name} 第 {number} 页",
    left_out="未采用",
    passed_over="参与打分但未进入提示词",
    sentences_taken="进入提示词",
    sentence_count="{count} 句",
)

PANEL_TEXTS = {"en": EN, "zh": ZH}
