"""A request without its manners: greetings, courtesies and thanks at its two ends require nothing.

A polite user must get the model that a blunt one gets. Only whole phrases go, only at the ends, and never
the whole message: "Thanks!" alone is what there is to answer. Linear in the text: a few phrases of at most
`REACH` characters are looked at.
"""

from __future__ import annotations

import re
from typing import Final

REACH: Final = 240
"""Characters of each end in which a courtesy may stand."""

PHRASES: Final = 5
"""Courtesies in a row that are taken off one end."""

_NAMES: Final = r"(?:there|everyone|all|team|guys|folks|friends?|copilot|assistant|claude|chatgpt|gpt|bot|ai)"

_GREETING: Final = rf"""
    (?:hi(?:ya)?|hello|hey|howdy|yo|greetings|good\s(?:morning|afternoon|evening|day))(?:\s{_NAMES})?
  | dear\s(?:\w+\s)?(?:{_NAMES}|sir(?:\sor\smadam)?|colleagues?|support)
  | bonjour | bonsoir | salut | coucou | hallo | guten\s(?:tag|morgen|abend) | moin | servus | grüezi
  | hola | buenos\sd[ií]as | buenas(?:\stardes|\snoches)? | ol[áa] | bom\sdia | boa\s(?:tarde|noite)
  | ciao | buongiorno | buonasera | salve | goedemorgen | goedendag | hej | hei | cze[śs][ćc] | dzień\sdobry
  | привет(?:ствую)? | здравствуйте | добрый\s(?:день|вечер) | доброе\sутро | привіт | вітаю | добрий\sдень
  | merhaba(?:lar)? | selam(?:lar)? | iyi\sgünler | xin\schào | chào\sbạn | halo
  | selamat\s(?:pagi|siang|sore|malam)
  | مرحبا(?:ً)? | السلام\sعليكم | سلام | שלום | नमस्ते | สวัสดี(?:ครับ|ค่ะ)? | γεια(?:\sσα[ςσ]|\sσου)?
  | καλημέρα
  | [你您]好 | 大家好 | 嗨 | こんにちは | こんばんは | おはようございます | お疲れ様です | 안녕하세요 | 안녕
"""

_KIND: Final = r"(?:please\s|kindly\s|possibly\s|maybe\s|perhaps\s)*"

_WORLD: Final = r"""
    (?:world|мир|mundo|monde|welt|mondo|dünya|thế\sgiới|עולם|κόσμε)\b | 世界 | 세상 | 세계
"""
"""What follows a greeting in the programmer's first program, which is no greeting."""

_THING: Final = r"(?:question|problem|task|thing|issue)"

_THIS: Final = (
    rf"(?:this|that|it|these|something|the\sfollowing(?:\s{_THING})?|my\s{_THING}"
    rf"|an?\s(?:(?:quick|small|short|simple|little|tiny)\s)?{_THING})"
)

_WELL: Final = rf"""
    (?:you(?:['’]re|\sare|\shave|\shad)|all(?:\sof\syou)?\sare)\s(?:all\s)?(?:doing\s|having\s|keeping\s)?
      (?:well|fine|good|great|ok(?:ay)?|safe|an?\s(?:nice|good|great|lovely|wonderful)\s\w+)
  | (?:all|everything|your\s(?:day|week|weekend))\sis\s(?:going\s)?(?:well|fine|good|great|ok(?:ay)?)
  | (?:this|my)\s(?:e?-?mail|message|note)\sfinds\syou\s(?:well|in\sgood\s\w+)
  | (?:you|someone)\scan\shelp(?:\sme|\sus)?(?:\s(?:out|with\s{_THIS}))?
"""

_ASKING: Final = rf"""
    (?:(?:can|could|would|will|may|might)\s(?:you|i|someone|anyone)\s)?{_KIND}
      (?:help|assist|give\sme\sa\shand|lend\sme\sa\shand)(?:\sme|\sus)?(?:\sout)?(?:\swith\s{_THIS})?
      (?:,?\splease)?
  | (?:can|could|would|will)\syou\s{_KIND}(?:do|handle|take\scare\sof|(?:take\sa\s)?look\s(?:at|into)|see\sto)
      \s{_THIS}(?:\sfor\s(?:me|us))?(?:,?\splease)?
  | (?:would|could)\syou\s(?:please\s)?be\s(?:so\s)?(?:kind|good)(?:\sas)?\sto\s(?:help|assist)(?:\sme)?
      (?:\swith\s{_THIS})?
  | i\s(?:need|want|would\slike|could\suse|am\slooking\sfor)\s(?:some\s|your\s|a\sbit\sof\s|a\slittle\s)*
      (?:help|assistance|advice)
      (?:\swith\s{_THIS})?(?:,?\splease)?
  | i\s?(?:have|had|['’]ve\sgot)\sa\s(?:(?:quick|small|short|simple|little|brief)\s)?
      (?:question|request|favou?r\sto\sask)
  | (?:a\s)?quick\squestion
  | (?:i\s)?(?:really\s|do\s)?hope\s(?:{_WELL})(?:\stoday|\sthere)?
  | (?:i['’]?m\s|i\sam\s)?(?:so\s|very\s)?sorry\s(?:to|for)\s
      (?:bother|disturb|trouble|the\sbother|the\strouble|asking)\w*(?:\s(?:you|this|again|with\sthis))*
  | if\s(?:you\sdon['’]?t\smind|it['’]?s\snot\stoo\smuch\strouble|possible|you\shave\s(?:a\smoment|time))
  | when(?:ever)?\syou\shave\s(?:a\smoment|time|a\sminute)
  | (?:pouvez-vous|peux-tu|pourriez-vous|tu\speux)\sm['’]aider(?:\savec\sça)?
  | (?:können\ssie|kannst\sdu)\smir\s(?:bitte\s)?(?:dabei\s)?helfen
  | (?:me\s)?(?:puedes?|podr[ií]as?)\s?(?:me\s)?ayudar(?:me)?(?:\scon\sesto)?
  | (?:você\s)?(?:pode|poderia)\sme\sajudar(?:\scom\sisso)?
  | (?:мож(?:ешь|ете)\sпомочь|помоги(?:те)?)(?:\sмне)?(?:,?\sпожалуйста)?
  | [你您](?:能|可以)帮(?:我|帮我|助我)(?:一下)?吗?
"""

_PLEASE: Final = r"""
    please | (?-i:[Pp]ls|plz) | kindly | bitte | por\sfavor | s['’]il\s(?:vous|te)\spla[iî]t
  | per\s(?:favore|piacere)
  | пожалуйста | будь\sласка | proszę | alsjeblieft | lütfen | tolong | vui\slòng | من\sفضلك | لطفا
  | कृपया | กรุณา
  | 请问 | 麻烦[你您]?(?:帮我|一下)? | お願いします | 부탁드립니다
"""

_HELP: Final = (
    r"(?:(?:quick|kind|prompt|great|good)\s)?(?:help|time|answer|response|reply|support|assistance|effort|work"
    r"|advice|guidance|patience|attention|understanding|input|feedback|thought|suggestion|pointer|hint)s?"
)

_MUCH: Final = r"(?:very\s|so\s|much\s|greatly\s|really\s|highly\s|always\s|most\s|also\s)*"

_THANKS: Final = rf"""
    (?:so\s|very\s|ok(?:ay)?,?\s|great,?\s|perfect,?\s)?(?:many\s|much\s|a\slot\sof\s)?
      (?:thanks|thank\s(?:you|u)|thx|tysm|cheers)
      (?:\s(?:so|very|you))?(?:\smuch|\sa\s(?:lot|bunch|ton|million))?(?:\sagain)?(?:\sin\sadvance)?
      (?:\sfor\s(?:your|the|any|all(?:\syour)?)\s{_HELP})?(?:\sagain|\sin\sadvance|\severyone|\sguys|\sall|\steam)?
  | (?:it\s(?:is|would\sbe)\s)?(?:very\s)?(?:much|greatly|really|highly)\sappreciated
  | (?:any|your|some|all)\s{_HELP}(?:\s(?:with|on|in)\s{_THIS})?
      \s(?:is|are|would\sbe|will\sbe)\s{_MUCH}appreciated
  | i(?:['’]d|\swould)\s{_MUCH}(?:appreciate\s(?:it|that|this|(?:your|any|the|some)\s{_HELP})
      |be\s{_MUCH}(?:grateful|thankful|glad)(?:\sfor\s(?:your|any|the|some)\s{_HELP})?)
      (?:\s(?:with|on)\s{_THIS})?(?:\s(?:very|so)\smuch|\sa\slot)?
  | (?:i\s)?look(?:ing)?\sforward\sto\s(?:hearing\s(?:from\syou|back)|(?:your|the|a|any)\s{_HELP})(?:\ssoon)?
  | (?:(?:best|kind|warm)\s)?regards(?:,?\s\w+)? | (?:best|kind)\swishes(?:,?\s\w+)? | sincerely(?:,?\s\w+)?
  | take\syour\stime | have\sa\s(?:nice|great|good|lovely)\s(?:day|one|weekend|evening)
  | merci(?:\s(?:beaucoup|bien|d['’]avance|par\savance))*
  | (?:vielen\s|herzlichen\s)?dank(?:e)?(?:\s(?:sch[öo]n|sehr|im\svoraus))* | viele\sgrüße
  | (?:muchas\s)?gracias(?:\s(?:de\santemano|por\s(?:tu|su)\sayuda))?
  | (?:muito\s)?obrigad[oa](?:\sdesde\sjá)? | valeu
  | (?:grazie|tante\sgrazie)(?:\s(?:mille|in\santicipo))?
  | (?:большое\s)?спасибо(?:\s(?:большое|заранее))* | заранее\s(?:спасибо|благодар\w{1, 3}) | дякую
  | dzi[ęe]kuj[ęe] | dank\s(?:je|u)(?:\swel)? | (?:çok\s)?te[şs]ekk[üu]r(?:ler|\sederim) | terima\skasih
  | makasih | (?:xin\s)?c[ảa]m\s[ơo]n(?:\sbạn)?
  | (?:tusen\s)?takk? | kiitos | σας\sευχαριστώ | ευχαριστώ | شكرا(?:ً)?(?:\sجزيلا)? | متشکرم | ممنون
  | תודה(?:\sרבה)? | धन्यवाद | ขอบคุณ(?:มาก)?(?:ครับ|ค่ะ)?
  | (?:非常|多|十分)?(?:谢谢|感谢)(?:[你您啦了]|大家)?
  | (?:どうも)?ありがとう(?:ございます|ございました)? | よろしくお願い(?:いた)?します | 감사합니다
  | 고맙습니다 | 🙏+
"""

_FLAGS: Final = re.IGNORECASE | re.VERBOSE
_STOP: Final = r"(?:[,.!?:;~)]+(?=\s|\Z)|[…，。！？：；、🙏😊🙂]+)"
_HEAD: Final = re.compile(
    rf"""\s*(?:
        (?:(?P<greeting>{_GREETING})(?!\s*[,，、]?\s*(?:{_WORLD}))|{_ASKING}|{_PLEASE}|(?P<thanks>{_THANKS}))
          \s*(?:{_STOP}\s*|\n\s*|[-–—]+\s+)
      | (?:(?:can|could|would|will)\syou\s(?:please|kindly)\s|(?:{_PLEASE})\s+|(?:hi|hey)(?:\sthere)?\s+)
        (?=\w)
      | (?:i\swas\swondering|would\sit\sbe\spossible)\s(?:if|whether)\syou\s(?:could|can|might)\s
        (?:please\s|kindly\s)?(?=\w)
    )""",
    _FLAGS,
)
_TAIL: Final = re.compile(
    rf"""(?:
        (?:(?<=[,.!?;，。！？；、)\n])|(?<=[,.!?;)]\s))\s*(?:{_THANKS}|{_PLEASE}|{_ASKING})
      | (?<=\s)(?P<bare>please|(?-i:[Pp]ls|plz)|thanks|thx|tysm|thank\syou|cheers|пожалуйста|спасибо|谢谢|شكرا
          |धन्यवाद|감사합니다|ありがとうございます|🙏+)
    )\s*(?:{_STOP}|\s)*\Z""",
    _FLAGS,
)

_TAKES: Final = re.compile(
    r"(?:^|\s)(?:an?|the|to|from|and|or|of|for|with|as|is|say(?:ing|s)?|called|named|labell?ed|titled|-\w+|=|\S*[:=])$"
    r"|^[!-~]*$",
    re.IGNORECASE,
)
"""What stands before a word that is meant itself: "rename it to thanks", "explain please"."""

_QUOTING: Final = re.compile(
    r"\b(?:translat|proof-?read|rephras|paraphras|gramma|spell|pronounc|classif|sentiment|label|rewrit|repl[iy]|respon[ds]"
    r"|tradu|übersetz|korrig|перев[её])|翻译|翻訳|번역|润色",
    re.IGNORECASE,
)
"""Requests whose object is a text: its courtesies are somebody else's."""


def blunt(text: str) -> str:
    """`text` without the courtesies at its two ends; as it is where nothing else is said."""
    rest = _headless(text)
    for _ in range(PHRASES):
        end = _last(rest)
        if end is None:
            break
        rest = rest[:end].rstrip(" ,\n")
    return rest if any(c.isalnum() for c in rest) else text


def _headless(text: str) -> str:
    """`text` without the courtesies that it begins with. Who greets or thanks twice speaks of greetings."""
    rest, seen = text, set[str | None]()
    for _ in range(PHRASES):
        found = _HEAD.match(rest[:REACH])
        if found is None:
            break
        if found.lastgroup is not None and found.lastgroup in seen:
            return text
        seen.add(found.lastgroup)
        rest = rest[found.end() :]
    return rest


def _last(text: str) -> int | None:
    """Where a courtesy begins that `text` ends with; None where there is none, or where it is the object."""
    start = max(0, len(text) - REACH)
    found = _TAIL.search(text[start:])
    if found is None or _QUOTING.search(text[:REACH]):
        return None
    before = text[start : start + found.start()].rstrip(" \n")
    bare = found["bare"]
    asked = bare is not None and "?" in found[0] and not re.fullmatch(_PLEASE, bare, _FLAGS)
    meant = before.endswith(":") or asked or (bare is not None and _TAKES.search(before[-40:]))
    return None if meant else start + found.start()
