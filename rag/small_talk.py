"""What is said to a program and asks no document for anything: greetings, thanks, who are you.

The evidence scorer never saw such a text, and some documents hold a "hello" that it takes for an
answer. Only a text that is nothing else counts: "Hello, what is CLIP?" is a question.
"""

from __future__ import annotations

import re

_ENGLISH = (
    r"hi(?: there| all)?|hello(?: there)?|hey(?: there)?|"
    r"good (?:morning|afternoon|evening|night|day)|"
    r"(?:good ?)?bye(?: bye)?|see you(?: later)?|"
    r"thanks?(?: you)?(?: (?:very|so) much| a lot)?(?: for (?:your|the) (?:help|answers?|time))?|"
    r"many thanks|thx|cheers|sorry|awesome|perfect|(?:ha){2,}|"
    r"ok(?:ay)?|great|cool|nice|got it|i see|(?:can you |please )?help me|help|"
    r"how are (?:you|things)(?: doing| today)*|how do you do|what'?s up|"
    r"(?:who|what) are you|what(?: is|'?s) your name|"
    r"what can (?:you (?:do|answer)|i ask(?: you)?)|how (?:can|do) i use you|"
    r"are you (?:an? )?(?:human|person|bot|robot|ai|real|there|chatgpt|gpt)"
)
_CHINESE = (
    r"(?:你们?|您|大家)好[啊呀吗]?|嗨+|哈[喽啰罗]|[嘿喂]|早(?:上好|安)?|(?:上午|中午|下午|晚上)好|晚安|"
    r"在(?:吗|么|不在|不)|有人(?:吗|在吗)|"
    r"(?:非常|多|十分)?(?:谢谢|感谢|谢啦)(?:[你您]?的(?:帮助|回答|解答)|你|您|了|啊)?|多谢|辛苦了?|"
    r"再见|拜拜|回头见|"
    r"好[的吧啊]?|嗯+|明白了?|知道了|收到|了解了?|不错|厉害|太好了|很好|哈哈+|对不起|抱歉|没问题|是的|"
    r"(?:请)?帮(?:帮|一下)?我|救命|"
    r"[你您]是(?:谁|什么|机器人|人(?:类|吗)?|AI|ChatGPT|GPT|真人)[吗么啊呀]?|"
    r"[你您]叫(?:什么(?:名字)?|啥(?:名字?)?)|(?:介绍一?下?|说说)[你您]自己|"
    r"[你您](?:能|会|可以)(?:做|干|回答|帮我(?:做|干)?)(?:些|点)?(?:什么|啥|哪些)(?:问题|事情?)?|"
    r"我(?:能|可以)问(?:你|您)?(?:些)?(?:什么|啥|哪些)(?:问题)?|[你您]有(?:什么|哪些|啥)功能|怎么用[你您]"
)
_SMALL_TALK = re.compile(rf"(?>(?:{_ENGLISH}|{_CHINESE})\s*)+", re.IGNORECASE)
_NEITHER_WORD_NOR_SPACE = re.compile(r"[^\w\s']+")


def is_small_talk(text: str) -> bool:
    """Whether ``text`` is small talk from end to end, whatever its punctuation."""
    plain = text.replace("’", "'")
    parts = filter(None, map(str.strip, _NEITHER_WORD_NOR_SPACE.split(plain)))
    said = [" ".join(part.split()) for part in parts]
    return bool(said) and all(_SMALL_TALK.fullmatch(part) for part in said)
