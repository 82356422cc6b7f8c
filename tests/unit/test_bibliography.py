"""Entries of lists of references, in the forms they are written in, beside sentences that cite."""

import pytest

from rag.bibliography import asks_for_reference, heads_references, is_reference


@pytest.mark.parametrize(
    "entry",
    [
        "Vaswani et al., 2017. Attention Is All You Need. arXiv:1706.03762",
        "van den Oord et al., 2018.",
        "Bishop, 2006. Pattern Recognition and Machine Learning.",
        "Robertson and Zaragoza, 2009. The Probabilistic Relevance Framework: BM25 and Beyond.",
        "He, K., Zhang, X., Ren, S., & Sun, J. (2016). Deep residual learning. CVPR.",
        '[3] K. He, X. Zhang, "Deep residual learning," in CVPR, 2016, pp. 770–778.',
        "[12] 周志华. 机器学习[M]. 北京: 清华大学出版社, 2016.",
        "[1] Chen R, Hu X, et al. Elastic Storage of Time Series[J].",
        "[7] Hinton, Deep belief networks, doi:10.1162/neco.2006.18.7.1527",
    ],
)
def test_an_entry_is_told_by_its_form(entry: str) -> None:
    assert is_reference(entry)


@pytest.mark.parametrize(
    "sentence",
    [
        "The RAG paper of Lewis et al. (2020) joins a retriever over Wikipedia with a generator.",
        "Antol 等人 2015 年的 VQA 数据集（arXiv:1505.00468）使视觉问答成为标准任务。",
        "Liu et al., 2023 found that the middle of a long context is read worst.",
        "InternVL3 (2025). InternVL3 trains on text and multimodal data together.",
        "For a distribution $P$ its entropy, $H[P]$, is defined as:",
        "values：形状为 [N] 的一维张量，包含所有非零值。",
        "[1] In 2023 the second version came out.",
        "BERT is described in arXiv:1810.04805.",
        "See pp. 12-15 of the manual for the reset procedure.",
        "Released March 14, 2023. It reads images.",
        "The output is a tensor of shape [N].",
        "时间复杂度取决于数组[N]，与数组[M]无关。",
        "循环结束后 a[N]，b[M] 都为零。",
        "它于 2019 年 3 月发布，2023 年停止维护。",
    ],
)
def test_a_sentence_that_cites_is_none(sentence: str) -> None:
    assert not is_reference(sentence)


def test_headings_of_lists_of_references() -> None:
    assert all(map(heads_references, ("References", "参考文献：", "Bibliography")))
    assert not heads_references("References and pointers in C++")


def test_who_wrote_what_is_asked_of_references() -> None:
    assert all(map(asks_for_reference, ("BEATs 的论文叫什么", "Who proposed ViT?", "哪年提出的")))
    for question in (
        "How does BEATs train its tokenizer?",
        "What is direct preference optimization?",
        "What is the reference model in DPO?",
    ):
        assert not asks_for_reference(question)
