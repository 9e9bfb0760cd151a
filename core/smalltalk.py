"""Recognises greetings and small talk in Korean and English, which need no documents."""

import re
import unicodedata

LONGEST = 80
"""Characters; whoever writes more wants something."""
_MOST_WORDS = 7
"""Of one phrase."""

_FILLING = re.compile(
    r"there|all|everyone|everybody|team|folks|guys|bot|saseo|friend|again|so much|very much|a lot|oh|um|well|just|my"
    r"|then|now|today|and|for (?:that|this|your help|the help)|사서|사서님|사서야|여러분|봇|다들|모두|정말"
    r"|정말로|진짜|너무|많이|아|오|그럼|오늘|오늘도|답변|알려 ?주셔서|도와 ?주셔서"
)
"""Words that come along with small talk and ask nothing."""

_PHRASES = {
    "smalltalk.introduction": re.compile(
        r"who are you|what are you|what(?:'s| is) your name|what can you do(?: for (?:me|us))?|what do you do"
        r"|are you (?:an? )?(?:bot|robot|human|real|ai|person)|introduce yourself|tell me about yourself"
        r"|how can you help(?: me| us)?|can you help(?: me| us)?|help(?: me)?(?: please)?|i need (?:some )?help"
        r"|(?:너|너는|넌|당신|당신은) ?(?:누구|뭐)(?:야|니|세요|예요|에요|입니까|십니까)?"
        r"|누구(?:세요|야|예요|시죠|십니까)"
        r"|이름이? ?(?:뭐야|뭐예요|뭐에요|뭐니|무엇인가요|무엇입니까)|자기 ?소개 ?(?:해 ?줘요?|해 ?주세요|부탁해요?)?"
        r"|(?:너는?|넌)? ?(?:뭘|무엇을|뭐) ?할 ?수 ?있(?:어요?|니|나요)|도와 ?(?:줘요?|주세요)|도움말"
        r"|(?:사람|로봇|봇)이(?:야|에요|예요|니|세요)"
    ),
    "smalltalk.feeling": re.compile(
        r"how are (?:you|ya)(?: doing)?(?: today| this morning)?|how(?:'s| is) it going|how do you do"
        r"|how(?:'s| is) your day(?: going)?|(?:are )?you (?:ok|okay|good|there|awake)"
        r"|(?:잘|어떻게) ?(?:지내(?:요|니|세요|셨어요|고 있어요?)?|지냈어요?)|기분(?:은|이)? ?(?:어때요?|어떠세요)"
        r"|거기 ?있(?:어요?|니|나요)|살아 ?있(?:어요?|니|나요)|별일 ?없(?:어요?|죠|으시죠)"
    ),
    "smalltalk.thanks": re.compile(
        r"(?:many )?thanks?|thank you|thx|ty|tysm|cheers|much appreciated|(?:i )?appreciate it"
        r"|(?:that|this|it) (?:was|is) (?:very |really |so |super )?(?:helpful|great|perfect|awesome|useful)"
        r"|that (?:helps|helped|worked)|you'?re (?:the best|great|awesome)"
        r"|(?:good|great|nice) (?:job|work|bot)|well done"
        r"|감사(?:합니다|해요|드려요|드립니다|함다|했습니다)?|고마(?:워요?|워용|웠어요?)|고맙(?:습니다|네요?)|땡큐|ㄱㅅ+|ㄳ"
        r"|수고(?:하셨습니다|했어요?|하세요|많으셨습니다| 많으셨습니다)"
        r"|도움이? ?(?:많이 ?)?(?:됐|되었)(?:어요|습니다|네요)"
        r"|잘했어요?|최고(?:예요|에요|입니다|네요|야)?"
    ),
    "smalltalk.farewell": re.compile(
        r"bye+|goodbye|good ?night|see (?:you|ya)(?: later| soon| tomorrow| around)?|farewell|take care"
        r"|have a (?:good|nice|great|lovely) (?:day|one|evening|night|weekend|time)"
        r"|잘 ?(?:가|있어|자)요?|안녕히 ?(?:계세요|가세요)|(?:다음에|내일|또) ?(?:봐요?|봬요|뵙겠습니다|만나요|또 봐요)"
        r"|바이+|빠이+"
        r"|(?:즐거운|좋은|행복한) ?(?:밤|주말|저녁|하루) ?(?:보내세요|되세요)"
    ),
    "smalltalk.greeting": re.compile(
        r"hi+|he+y+|hello+|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day)|morning|what'?s up|sup"
        r"|(?:nice|pleased|good) to meet you|happy (?:monday|friday|new year)"
        r"|안녕+|안녕하(?:세요|세여|세용|십니까)|하이+|헬로우?|ㅎㅇ+|반가워요?|반갑습니다"
        r"|만나서 ?(?:반가워요?|반갑습니다)"
        r"|(?:좋은|즐거운) ?(?:아침|오후|저녁)(?:입니다|이에요|이예요|이야)?|굿모닝"
    ),
    "smalltalk.acknowledgement": re.compile(
        r"ok(?:ay)?|k|alright|all right|sure|yes|yeah|yep|no|nope|great|perfect|awesome|cool|nice|excellent|good|got it"
        r"|understood|i see|sounds good|no problem|never ?mind|you'?re welcome"
        r"|네+|넵+|넹|예|응|아니요?|아니오|좋아요?|좋네요?|좋습니다|굿|알겠(?:어요?|습니다)|알았어요?|오케이|ㅇㅋ+|ㅇㅇ+|ㄴㄴ+"
        r"|완벽해요?|훌륭해요?|괜찮아요?|괜찮습니다|그렇군요|그래요?"
    ),
}
"""What the whole of a phrase looks like, the most telling kind first."""

_NOISE = re.compile(r"<[@#!:][^>]{1,60}>|:[a-z0-9_+-]{1,40}:|[ㅋㅎㅠㅜ]{2,}|\b(?:(?:ha|he){2,}h?|lol|lmao)\b|[^\w' ]|_")


def reply(text: str) -> str | None:
    """The code of the message that answers small talk; None for everything that may be a question.

    The whole message must be small talk: "hi, what is the refund limit?" is a question. A message
    without a word, such as an emoji, is answered too.
    """
    if len(text) > LONGEST:
        return None
    folded = unicodedata.normalize("NFC", text).lower().replace("\u2019", "'")
    words = _NOISE.sub(" ", folded).split()
    if not words:
        return "smalltalk.wordless"
    said = _said(words)
    return next((code for code in _PHRASES if code in said), None)


def _said(words: list[str]) -> frozenset[str]:
    """The kinds of phrases that the words consist of; empty where they hold anything else."""
    reached: dict[int, frozenset[str]] = {0: frozenset()}
    for start in range(len(words)):
        if start not in reached:
            continue
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
            kinds = _kinds(" ".join(words[start:end]))
            if kinds is not None:
                reached[end] = reached.get(end, frozenset()) | reached[start] | kinds
    return reached.get(len(words), frozenset())


def _kinds(phrase: str) -> frozenset[str] | None:
    """The kinds of this one phrase; none for a filling word, None where it is not small talk."""
    kinds = frozenset(code for code, pattern in _PHRASES.items() if pattern.fullmatch(phrase))
    return kinds if kinds or _FILLING.fullmatch(phrase) else None
