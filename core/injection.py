"""Notices document text that speaks to the model instead of the reader, so that its links are not trusted."""

import re

_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|prior|earlier)"
    r"|\b(?:system|developer|assistant)\s*(?:prompt|message|note|:)"
    r"|\byou (?:are|must|should|will) (?:now|always|instead|answer|reply|respond|print|output|append|include|add|say)\b"
    r"|\b(?:append|print|output|include|insert|embed|render|reply with|respond with|answer with)\b.{0,60}"
    r"(?:https?:|www\.|!\[|link|image|url)"
    r"|\b(?:in|to|into|of|with|within|at the end of|throughout) (?:your|the|this|each|every) "
    r"(?:next |final |whole )?(?:answer|response|reply|repl|output|completion)"
    r"|\byour (?:answer|response|reply|output)s?\b"
    r"|\b(?:do not|don't) (?:cite|mention|tell|reveal|follow)\b"
    r"|\[/?INST\]|<\|?(?:im_start|system)"
    r"|(?:이전|위|앞|기존)(?:의)?\s*(?:모든\s*)?(?:지시|지침|명령|프롬프트|규칙).{0,12}(?:무시|잊|따르지)"
    r"|(?:답변|대답|응답|답장|출력)(?:에|에는|에도|으로|의 끝에|마지막에)\s.{0,40}"
    r"(?:넣|추가|포함|덧붙|적|쓰|써|출력|언급)"
    r"|(?:시스템|개발자)\s*(?:프롬프트|메시지)"
    r"|(?:링크|주소|이미지|URL|https?:\S+).{0,20}(?:출력|추가|포함|붙여|넣어|답하)",
    re.IGNORECASE | re.DOTALL,
)


def instructs(text: str) -> bool:
    """Whether a passage seems to give orders to a model. A hint, not a wall: the prompt and the citation check
    stand behind it."""
    return _ORDERS.search(text) is not None
