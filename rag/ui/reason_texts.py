"""Reasons of failures in Chinese, by their English wording.

What stands in braces is taken over from the English; ``{reason}`` is itself worded in Chinese where
it stands here too.
"""

from __future__ import annotations

from collections.abc import Mapping

_ASKING = {
    "the question is empty; ask something, for example: What is CLIP?": (
        "问题为空，请输入问题，例如：CLIP 是什么？"
    ),
    "the question has {count} characters; the context of {tokens} tokens holds {limit} at the very "
    "most: shorten it": (
        "问题有 {count} 个字符，而 {tokens} 个 token 的上下文最多容纳 {limit} 个字符，请缩短问题。"
    ),
    "the question with its evidence takes {count} tokens and the answer up to {answer}, but "
    "{model} "
    "reads {context}: shorten the question, or lower evidence_tokens or max_answer_tokens": (
        "问题连同证据共 {count} 个 token，回答最多 {answer} 个，而 {model} 的上下文只有 {context} "
        "个："
        "请缩短问题，或调低 evidence_tokens、max_answer_tokens。"
    ),
    "the prompt has {count} tokens and {new} are to be written, but {model} was loaded with a "
    "context of {context}: shorten the question or raise context_tokens": (
        "提示词有 {count} 个 token，还要生成 {new} 个，而 {model} 加载的上下文只有 {context} 个："
        "请缩短问题，或调高 context_tokens。"
    ),
    "this conversation was deleted": "该对话已被删除。",
    "the conversations in {path} could not be read or written: {reason}; check the folder's "
    "permissions and disk space, or move the file away to begin anew": (
        "无法读写历史对话 {path}：{reason}。请检查文件夹权限和磁盘空间；也可移走该文件，"
        "重新开始记录。"
    ),
    "it is not a file of this program": "不是本程序的文件",
    "an answer in it is damaged ({detail})": "其中有一个回答已损坏（{detail}）",
    "it has layout {found}; this version of the program reads {wanted}": (
        "文件格式版本为 {found}，当前程序只支持版本 {wanted}"
    ),
    "the rating could not be written to {path}: {reason}; check the folder's permissions and disk "
    "space": "无法将评价写入 {path}：{reason}。请检查文件夹权限和磁盘空间。",
}

_COLLECTIONS = {
    "{name} cannot be the name of a collection: up to {most} letters, digits, spaces, hyphens, "
    "underscores and dots, beginning with a letter or digit": (
        "{name} 不能用作文档集名称：最多 {most} 个字符，可使用文字、数字、空格、连字符、"
        "下划线和点，"
        "须以文字或数字开头。"
    ),
    "there is no collection {name}; there are: {names}. Make it with: python -m rag index PATH "
    "--collection {again}": (
        "没有名为 {name} 的文档集，现有：{names}。可用命令新建：python -m rag index PATH "
        "--collection {again}"
    ),
    "there is a collection {name} already": "已有名为 {name} 的文档集，请换一个名称。",
    "the collection {name} cannot be deleted while it is open": (
        "文档集 {name} 正在使用，不能删除。"
    ),
    "the collection {name} cannot be renamed while it is open": (
        "文档集 {name} 正在使用，不能重命名。"
    ),
    "its collection was renamed or deleted meanwhile": "所属文档集已被重命名或删除。",
    "choose a collection first": "请先选择一个文档集。",
}

_DOCUMENTS = {
    "files of type {suffix} are not read; {known} are": "不支持 {suffix} 文件，支持：{known}",
    "files of type {suffix} are not read": "不支持 {suffix} 文件",
    "it has {size} MiB; at most {limit} MiB are read (max_file_mb in the settings)": (
        "文件大小为 {size} MiB，超过上限 {limit} MiB（设置项 max_file_mb）"
    ),
    "it has {size} MiB, more than the limit of {limit} MiB: split it or raise max_file_mb": (
        "文件大小为 {size} MiB，超过上限 {limit} MiB：请拆分文件，或调高设置项 max_file_mb"
    ),
    "more than {limit} characters of text; split the file": ("文本超过 {limit} 个字符，请拆分文件"),
    "it would unpack to {size} MiB, {ratio} times its size, and is not opened": (
        "解压后将达到 {size} MiB（原大小的 {ratio} 倍），未予打开"
    ),
    "it is empty": "文件为空",
    "it holds no text": "文件中没有文字",
    "it holds no text, only images: run OCR on it first": "只有图像，没有文字：请先做 OCR 识别",
    "it is encrypted; save a copy without a password": "文件已加密：请另存一份不带密码的副本",
    "it is encrypted or in the old Office format: save it without a password as {suffix}": (
        "文件已加密，或为旧版 Office 格式：请另存为不带密码的 {suffix} 文件"
    ),
    "it is copy-protected and cannot be read": "文件有 DRM 加密保护，无法读取",
    "it is damaged or no PDF ({detail})": "文件已损坏，或不是 PDF（{detail}）",
    "it is damaged ({detail})": "文件已损坏（{detail}）",
    "it is damaged or cut off ({detail})": "文件已损坏或不完整（{detail}）",
    "it is damaged or no Word document ({detail})": "文件已损坏，或不是 Word 文档（{detail}）",
    "it is damaged or no presentation ({detail})": "文件已损坏，或不是演示文稿（{detail}）",
    "it is damaged or no workbook ({detail})": "文件已损坏，或不是工作簿（{detail}）",
    "it is damaged or no EPUB ({detail})": "文件已损坏，或不是 EPUB（{detail}）",
    "it is no valid notebook ({detail})": "不是有效的 Notebook 文件（{detail}）",
    "it is named {suffix} but is {reason}": "扩展名是 {suffix}，但内容是{reason}",
    "something else": "其他格式",
    "PDF": " PDF",
    "ZIP": " ZIP",
    "PNG image": " PNG 图片",
    "JPEG image": " JPEG 图片",
    "GIF image": " GIF 图片",
    "RIFF media file": " RIFF 音视频文件",
    "program": "可执行程序",
    "gzip archive": " gzip 压缩包",
    "7-Zip archive": " 7-Zip 压缩包",
    "RAR archive": " RAR 压缩包",
    "SQLite database": " SQLite 数据库",
    "GGUF model": " GGUF 模型",
    "old or encrypted Office file": "旧版或加密的 Office 文件",
    "a {found}": "{found}",
    "it is binary data, not text": "内容是二进制数据，不是文本",
    "its encoding is not known; save the file as UTF-8": "无法识别文件编码：请另存为 UTF-8",
    "its byte-order mark says {encoding}, but byte {number} does not fit; save the file as UTF-8": (
        "字节顺序标记为 {encoding}，但第 {number} 个字节与之不符：请另存为 UTF-8"
    ),
    "its values cannot be told apart ({detail})": "无法识别列分隔符（{detail}）",
    "its structure is nested too deeply": "文档结构嵌套过深",
    "it is a folder": "这是文件夹，不是文件",
    "it is no longer there": "文件已不存在",
    "there is no permission to read it": "没有读取权限",
    "it cannot be read ({reason})": "无法读取（{reason}）",
    "{name} has no page {number}": "{name} 没有第 {number} 页",
    "page {number} of {name}: {reason}": "{name} 第 {number} 页：{reason}",
    "there is no document {name} in this collection": "当前文档集中没有文档 {name}。",
    "{count} files at once; at most {limit} can be added. Add their folder by its path instead": (
        "一次选择了 {count} 个文件，上限为 {limit} 个；可改为按路径添加整个文件夹。"
    ),
    "{path} is no absolute path; give one such as {example}": (
        "{path} 不是绝对路径，请填写完整路径，例如 {example}"
    ),
    "{path} does not exist on this machine": "本机上没有 {path}",
    "{path} does not exist; give a file or a folder of documents": (
        "{path} 不存在，请填写文件或文件夹的路径。"
    ),
    "{path} is gone; the index keeps what it held": "{path} 已不存在，索引中保留原有内容。",
    "{name} has not been uploaded; choose it again": "{name} 没有上传成功，请重新选择。",
    "{name} holds half of a surrogate pair in its name or text, which is not Unicode ({detail}); "
    "rename or mend the file": (
        "{name} 的名称或内容中有不成对的代理字符，不是合法的 Unicode（{detail}）：请改名或修正文件"
    ),
    "{name}: the chunk at [{start}, {end}) does not carry the text that stands there; it was not "
    "stored": "{name}：[{start}, {end}) 处的段落与原文不一致，未写入索引",
    "unexpected {kind}: {reason}": "意外错误 {kind}：{reason}",
}

_INDEX = {
    "delete it and run: python -m rag index PATH": "请删除后重建：python -m rag index PATH",
    "there is no index in {folder}; make one with: python -m rag index PATH": (
        "{folder} 中还没有索引，请先添加文档，或运行：python -m rag index PATH"
    ),
    "the index in {folder} is damaged ({detail}); {reason}": (
        "{folder} 中的索引已损坏（{detail}）。{reason}"
    ),
    "the index in {folder} could not be opened or written ({reason}); check the folder's "
    "permissions or choose another with --index": (
        "无法打开或写入 {folder} 中的索引（{reason}）：请检查文件夹权限，或用 --index 另选文件夹。"
    ),
    "the index in {folder} could not be written or read ({detail}); make room on the disk and run "
    "the command again, nothing stored before is lost": (
        "无法读写 {folder} 中的索引（{detail}）：请清理磁盘空间后重试，已有内容不会丢失。"
    ),
    "the index in {folder} could not be written ({reason}); make room on the disk and run the "
    "command again, nothing stored before is lost": (
        "无法写入 {folder} 中的索引（{reason}）：请清理磁盘空间后重试，已有内容不会丢失。"
    ),
    "the index in {folder} is in use by another program ({detail}); try again later": (
        "{folder} 中的索引正被其他程序占用（{detail}），请稍后再试。"
    ),
    "not enough memory to work with the index in {folder}; close other programs": (
        "内存不足，无法使用 {folder} 中的索引：请关闭其他程序。"
    ),
    "{folder} is being written to by another process{holder}; wait for it to finish, then run the "
    "command again": "{folder} 正被另一个进程写入{holder}，请等其结束后重试。",
    "there is no document {name} in {folder}; see: python -m rag sources": (
        "{folder} 的索引中没有文档 {name}，可用 python -m rag sources 查看。"
    ),
    "{folder} was made with embedder {made} ({dimension} dimensions); settings ask for {wanted} "
    "({other}). Run: python -m rag index {corpus}": (
        "{folder} 由嵌入模型 {made}（{dimension} 维）建立，而设置要求 {wanted}（{other} 维）。"
        "请重建：python -m rag index {corpus}"
    ),
    "the question's vector has shape {shape}; the index in {folder} was made with embedder {made}, "
    "({dimension},): use that one or run: python -m rag index PATH": (
        "问题向量的形状为 {shape}，而 {folder} 中的索引由嵌入模型 {made}（{dimension} 维）建立："
        "请使用该模型，或重建：python -m rag index PATH"
    ),
    "the index's copy of {name} is damaged ({detail}); {reason}": (
        "索引中 {name} 的内容已损坏（{detail}）。{reason}"
    ),
    "chunk {number} of {name} is damaged in the index ({detail}); {reason}": (
        "索引中 {name} 的第 {number} 个段落已损坏（{detail}）。{reason}"
    ),
    "the vector of chunk {number} has {found} bytes, expected {wanted}; delete the index and run: "
    "python -m rag index PATH": (
        "第 {number} 个段落的向量有 {found} 字节，应为 {wanted} 字节。"
        "请删除索引后重建：python -m rag index PATH"
    ),
    "the index in {folder} has no state row; {reason}": "{folder} 中的索引缺少状态记录。{reason}",
    "{path} is not an index of this program; {reason}": "{path} 不是本程序的索引。{reason}",
    "{path} was made by {reason} version of this program (layout {found}; this one reads "
    "{wanted}); "
    "{remedy}": "{path} 由本程序{reason}版本建立（格式 {found}，当前支持 {wanted}）。{remedy}",
    "a newer": "更新的",
    "an older": "更旧的",
    "{name}: the vector of the chunk at [{start}, {end}) has shape {shape} or is not finite; "
    "embedder {model} gives {wanted}": (
        "{name}：[{start}, {end}) 处段落的向量形状为 {shape} 或含非有限值，嵌入模型 {model} 应给出 "
        "{wanted}"
    ),
}

_MODELS = {
    "model {name} is not on this machine. Run: python -m rag models pull {again}": (
        "本机没有模型 {name}。可在设置页下载，或运行：python -m rag models pull {again}"
    ),
    "{name} is not on this machine: download it first": "本机没有模型 {name}，请先下载。",
    "{name} is not in the catalogue": "模型目录中没有 {name}。",
    "no model {name}: it is neither in the catalogue nor {reason}; did you mean {names}? See: "
    "python -m rag models": (
        "没有模型 {name}：模型目录中没有，也不是{reason}。是否指 {names}？可用 python -m rag "
        "models 查看。"
    ),
    "a .gguf file": " .gguf 文件",
    "a model folder with a config.json": "含 config.json 的模型文件夹",
    "{name} is a model of role {role}, but {wanted} is wanted; see: python -m rag models": (
        "{name} 的用途是 {role}，而此处需要 {wanted}；可用 python -m rag models 查看。"
    ),
    "model {name} needs {needed} GiB of memory, but {free} GiB are free: close other programs or "
    "choose a smaller model (python -m rag models)": (
        "模型 {name} 需要 {needed} GiB 内存，目前可用 {free} GiB：请关闭其他程序，"
        "或换用更小的模型。"
    ),
    "cannot read model {path}: {reason}": "无法读取模型 {path}：{reason}",
    "{path} is not a GGUF model (it begins with {magic}); give a .gguf file": (
        "{path} 不是 GGUF 模型（开头为 {magic}），请选择 .gguf 文件。"
    ),
    "llama.cpp cannot load {path}: the file is damaged, or its model is newer than this build. "
    "Download it again, or: pip install -U -r requirements.txt": (
        "llama.cpp 无法加载 {path}：文件已损坏，或模型比当前版本新。"
        "请重新下载，或运行：pip install -U -r requirements.txt"
    ),
    "llama.cpp cannot make a context of {tokens} tokens for {name}: lower context_tokens": (
        "llama.cpp 无法为 {name} 建立 {tokens} 个 token 的上下文：请调低 context_tokens。"
    ),
    "llama.cpp failed to run {name} (status {status})": (
        "llama.cpp 运行 {name} 失败（状态码 {status}）"
    ),
    "llama.cpp cannot parse the grammar {grammar}": "llama.cpp 无法解析语法 {grammar}",
    "the model's chat template cannot be used: {detail}": "无法使用模型的对话模板：{detail}",
    "{folder} does not state the length of its vectors (hidden_size in config.json); is it an "
    "embedding model?": (
        "{folder} 没有注明向量维度（config.json 中的 hidden_size），请确认是否为嵌入模型。"
    ),
    "cannot read tokenizer {path}: {detail}": "无法读取分词器 {path}：{detail}",
    "cannot load embedder {name} from {folder}: {detail}": (
        "无法从 {folder} 加载嵌入模型 {name}：{detail}"
    ),
    "cannot load reranker {name} from {folder}: {detail}": (
        "无法从 {folder} 加载重排模型 {name}：{detail}"
    ),
    "cannot read {path}: {reason}": "无法读取 {path}：{reason}",
    "{path} should hold a JSON object": "{path} 的内容应为一个 JSON 对象",
}

_DOWNLOADS = {
    "cannot download {name} from {address} ({detail}): check the connection, or set HF_ENDPOINT to "
    "a "
    "mirror; what is here is kept, run it again": (
        "无法从 {address} 下载 {name}（{detail}）：请检查网络连接，或将 HF_ENDPOINT 设为镜像地址。"
        "已下载的部分会保留，可重新下载。"
    ),
    "{name} takes {size} GiB, but {free} GiB are free at {folder}: free some space, or set "
    "RAG_MODELS to another folder": (
        "{name} 需要 {size} GiB，而 {folder} 只剩 {free} GiB：请清理磁盘空间，"
        "或将 RAG_MODELS 设为其他文件夹。"
    ),
    "{name} is gated at {address}: accept its licence there, then set HF_TOKEN": (
        "{name} 在 {address} 需要授权：请先在该网站接受许可协议，再设置 HF_TOKEN。"
    ),
    "{address} has no {name}": "{address} 上没有 {name}",
    "{address} has no file {reason} in {repository}": (
        "{address} 的 {repository} 中找不到{reason}"
    ),
    "of a known kind": "格式可识别的文件",
    "{address} refused {name}: {detail}": "{address} 拒绝了对 {name} 的请求：{detail}",
    "{name} comes with the requirements. Run: pip install -r requirements.txt": (
        "{name} 随依赖一同安装，请运行：pip install -r requirements.txt"
    ),
    "{name} has no place to be downloaded to": "{name} 没有下载位置",
    "{name} {reason} and was removed: run the download again": (
        "{name} {reason}，已删除，请重新下载。"
    ),
    "does not match its checksum": "校验和不符",
    "has {found} bytes instead of {wanted}": "大小为 {found} 字节，应为 {wanted} 字节",
}

_QUESTION_SETS = {
    "choose a question set first, or give its path": "请先选择问题集，或填写其路径。",
    "{name} holds no questions": "{name} 中没有问题。",
    "no *.jsonl files in {path}": "{path} 中没有 *.jsonl 文件",
    "cannot read questions {path}: {reason}": "无法读取问题集 {path}：{reason}",
    "{reason} is not valid JSON: {detail}": "{reason}不是合法的 JSON：{detail}",
    '{reason} must be an object with "q", the question': "{reason}须为含 “q”（问题）的对象",
    "{reason} has kind {kind}; expected one of {known}": (
        "{reason}的 kind 为 {kind}，应为以下之一：{known}"
    ),
    "{reason}: {name} must be a list": "{reason}的 {name} 须为列表",
    "{reason}: {name} must hold texts only": "{reason}的 {name} 只能包含文本",
    "history in {reason} must be a list: {expected}": "{reason}的 history 须为列表：{expected}",
    "turn {number} of the history in {reason} must be like {expected}": (
        "{reason}的 history 第 {number} 轮格式应为：{expected}"
    ),
    "turn {number} of the history in {reason} has role {role}; expected user, assistant or "
    "system": ("{reason}的 history 第 {number} 轮 role 为 {role}，应为 user、assistant 或 system"),
    "{path}, line {number}": "{path} 第 {number} 行",
}

_SETTINGS = {
    "{origin}: {name} is {value}, but must be {reason}": (
        "设置项 {name} 的值 {value} 无效，应为{reason}"
    ),
    "a whole number from {low} to {high}": " {low} 到 {high} 之间的整数",
    "a number from {low} to {high}": " {low} 到 {high} 之间的数",
    "one of {options}": "以下之一：{options}",
    "a name or a path": "名称或路径",
    "a path; there is no such user's folder": "路径；不存在该用户的主目录",
    "{origin}: unknown setting {name}; known are {known}": (
        "{origin}：没有设置项 {name}，可用的有：{known}"
    ),
    "cannot read settings file {path}: {reason}": "无法读取设置文件 {path}：{reason}",
    "settings file {path} is not valid TOML: {detail}": "设置文件 {path} 不是合法的 TOML：{detail}",
    "{path} cannot be read, so nothing was saved: {reason}": (
        "无法读取 {path}，设置未保存：{reason}"
    ),
    "{path} cannot be written: {reason}": "无法写入 {path}：{reason}",
}

# What the operating system says, in the words of the C library.
SYSTEM = {
    "[Errno {number}] {reason}: {path}": "{reason}：{path}",
    "[Errno {number}] {reason}": "{reason}",
    "No space left on device": "磁盘空间不足",
    "Disk quota exceeded": "磁盘配额已用完",
    "File too large": "文件过大",
    "Cannot allocate memory": "内存不足",
    "Permission denied": "没有访问权限",
    "Operation not permitted": "操作不被允许",
    "Read-only file system": "文件系统为只读",
    "No such file or directory": "文件或文件夹不存在",
    "Is a directory": "这是文件夹，不是文件",
    "Not a directory": "不是文件夹",
    "File exists": "文件已存在",
    "File name too long": "文件名过长",
    "Input/output error": "磁盘读写错误",
    "Too many open files": "打开的文件过多",
}

CHINESE: Mapping[str, str] = {
    **_ASKING,
    **_COLLECTIONS,
    **_DOCUMENTS,
    **_INDEX,
    **_MODELS,
    **_DOWNLOADS,
    **_QUESTION_SETS,
    **_SETTINGS,
    **SYSTEM,
}
