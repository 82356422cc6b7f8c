"""Which sentences lean on the one before them."""

import pytest

from rag.anaphora import leans_back


@pytest.mark.parametrize(
    "sentence",
    [
        "It was trained on 3M pairs.",
        "Its rival keeps them.",
        "However, these cost more.",
        "With it, recall rises by two points.",
        "The former is faster.",
        "This makes training stable.",
        "其中两个是新的。",
        "它没有正式论文。",
        "但是该方法更慢。",
        "这一步不训练连接器。",
        "因此，前者更快。",
        "此法无能为力。",
        "两者相差 2%。",
        "The default is pause, which means that it waits.",
        "Default is 10.",
        "The default limit is 16 MiB.",
        "Defaults to 5.",
        "默认值是 15min。",
        "缺省情况下为空。",
    ],
)
def test_leans_back(sentence: str) -> None:
    assert leans_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Italy has 20 regions.",
        "It is possible to skip the step.",
        "It takes two hours to build the index.",
        "This chapter is about losses.",
        "In this section the encoder is frozen.",
        "Theirry et al. measured it.",
        "CLIP keeps its encoder frozen.",
        "其他模型没有公开。",
        "其实并不难。",
        "此外，CLIP 更快。",
        "该用哪种度量要看数据。",
        "这里列出三种方法。",
        "模型把它冻结。",
        "By default the cache is off.",
        "The default encoding is UTF-8.",
        "Default accounts have no password.",
        "默认情况下缓存是关闭的。",
        "默认端口是 8080。",
        "",
    ],
)
def test_stands_alone(sentence: str) -> None:
    assert not leans_back(sentence)
