"""
Which charset names exist, and what Python calls them.

Dovecot asks glibc's ``iconv``, so these are glibc's names (2.36), sorted under the codec of Python that
decodes alike: for single bytes all 256 agree, or all but a few. Names of glibc for which
Python has no codec (TCVN, VISCII, ARMSCII-8, national ASCII variants, most of EBCDIC) count as unknown.
"""

from __future__ import annotations

from functools import lru_cache

from luahost import patterns

_NAMES = {
    "ascii": (
        "ansi_x3.4 ansi_x3.4-1968 ansi_x3.4-1986 ascii cp367 csascii ibm367 iso-ir-6 iso646-us "
        "iso_646.irv:1991 us us-ascii"
    ),
    "big5hkscs": "big5-hkscs big5hkscs",
    "cp037": "cp037 cp1070 cp282 csibm037 ebcdic-cp-ca ebcdic-cp-nl ebcdic-cp-us ebcdic-cp-wt ibm037",
    "cp1026": "1026 cp1026 ibm1026",
    "cp1125": "866nav cp1125 cp866nav ibm848 ibm866nav ruscii",
    "cp1140": "cp1140 csibm1140 ibm-1140 ibm1140",
    "cp1250": "cp1250 ms-ee windows-1250",
    "cp1251": "cp1251 cp5347 ms-cyrl windows-1251",
    "cp1252": "cp1004 cp1252 ibm1004 ms-ansi os2latin1 windows-1252",
    "cp1253": "cp1253 ms-greek windows-1253",
    "cp1254": "cp1254 ms-turk windows-1254",
    "cp1255": "cp1255 ms-hebr windows-1255",
    "cp1256": "cp1256 cp9448 csibm9448 ibm-9448 ibm9448 ms-arab windows-1256",
    "cp1257": "cp1257 winbaltrim windows-1257",
    "cp1258": "cp1258 windows-1258",
    "cp273": "cp273 ibm273",
    "cp424": "cp424 ebcdic-cp-he ibm424",
    "cp437": "437 cp437 cspc8codepage437 ibm437",
    "cp500": "500 500v1 cp1084 cp500 csibm500 ebcdic-cp-be ebcdic-cp-ch ibm500",
    "cp737": "cp737",
    "cp775": "cp775 cspc775baltic ibm775",
    "cp850": "850 cp850 cspc850multilingual ibm850",
    "cp852": "852 cp852 cspcp852 ibm852",
    "cp855": "855 cp855 csibm855 ibm855",
    "cp857": "857 cp857 csibm857 ibm857",
    "cp858": "858 cp858 cspc858multilingual ibm858",
    "cp860": "860 cp860 csibm860 ibm860",
    "cp861": "861 cp861 cpibm861 ibm861",
    "cp862": "862 cp862 cspc862latinhebrew ibm862",
    "cp863": "863 cp863 csibm863 ibm863",
    "cp864": "864 cp864 csibm864 ibm864",
    "cp865": "865 cp865 csibm865 ibm865",
    "cp866": "866 cp866 csibm866 ibm866",
    "cp869": "869 cp-gr cp869 csibm869 ibm869",
    "cp874": "874 cp874 ibm874 windows-874",
    "cp875": "cp875 ebcdic-greek ibm875",
    "cp932": (
        "cp932 csibm932 csibm943 cswindows31j ibm-932 ibm-943 ibm932 ibm943 ms932 sjis-open sjis-win "
        "windows-31j"
    ),
    "cp949": "cp949 mscp949 uhc",
    "cp950": "big-5 big-five big5 bigfive cn-big5 cp950",
    "euc_jis_2004": "euc-jisx0213",
    "euc_jp": "cseucpkdfmtjapanese euc-jp euc-jp-ms eucjp eucjp-ms eucjp-open eucjp-win ujis",
    "euc_kr": "cseuckr euc-kr euckr",
    "gb18030": "gb18030",
    "gb2312": "cn-gb csgb2312 euc-cn euccn gb2312",
    "gbk": "cp936 gb13000 gbk ms936 windows-936",
    "hp_roman8": "cshproman8 hp-roman8 hproman8 r8 roman8",
    "iso2022_jp": "csiso2022jp iso-2022-jp iso2022jp",
    "iso2022_jp_2": "csiso2022jp2 iso-2022-jp-2 iso2022jp2",
    "iso2022_jp_3": "iso-2022-jp-3",
    "iso2022_kr": "csiso2022kr iso-2022-kr iso2022kr",
    "iso8859_1": (
        "8859_1 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
        "iso_8859-1:1987 l1 latin1"
    ),
    "iso8859_10": (
        "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 iso_8859-10 iso_8859-10:1992 l6 latin6"
    ),
    "iso8859_11": "hp-thai8 hpthai8 iso-8859-11 iso8859-11 iso885911 thai8",
    "iso8859_13": (
        "baltic cp901 cp921 csibm921 ibm-921 ibm921 iso-8859-13 iso-ir-179 iso8859-13 iso885913 l7 latin7"
    ),
    "iso8859_14": (
        "iso-8859-14 iso-celtic iso-ir-199 iso8859-14 iso885914 iso_8859-14 iso_8859-14:1998 l8 latin8"
    ),
    "iso8859_15": "iso-8859-15 iso-ir-203 iso8859-15 iso885915 iso_8859-15 iso_8859-15:1998 latin-9 latin9",
    "iso8859_16": "iso-8859-16 iso-ir-226 iso8859-16 iso885916 iso_8859-16 iso_8859-16:2001 l10 latin10",
    "iso8859_2": (
        "8859_2 cp912 csisolatin2 ibm912 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
        "iso_8859-2:1987 l2 latin2"
    ),
    "iso8859_3": (
        "8859_3 csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"
    ),
    "iso8859_4": (
        "8859_4 csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"
    ),
    "iso8859_5": (
        "8859_5 cp915 csisolatincyrillic cyrillic ibm915 iso-8859-5 iso-ir-144 iso8859-5 iso88595 "
        "iso_8859-5 iso_8859-5:1988"
    ),
    "iso8859_6": (
        "8859_6 arabic asmo-708 cp1089 csisolatinarabic ecma-114 ibm1089 iso-8859-6 iso-ir-127 iso8859-6 "
        "iso88596 iso_8859-6 iso_8859-6:1987"
    ),
    "iso8859_7": (
        "8859_7 cp813 csisolatingreek ecma-118 elot_928 greek greek8 ibm813 iso-8859-7 iso-ir-126 "
        "iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 iso_8859-7:2003"
    ),
    "iso8859_8": (
        "8859_8 cp916 csisolatinhebrew hebrew ibm916 iso-8859-8 iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
        "iso_8859-8:1988"
    ),
    "iso8859_9": (
        "8859_9 cp920 csisolatin5 ecma-128 ibm920 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
        "iso_8859-9:1989 l5 latin5 ts-5881"
    ),
    "johab": "cp1361 johab mscp1361",
    "koi8_r": "cskoi8r koi8-r koi8r",
    "koi8_t": "koi8-t",
    "koi8_u": "koi8-ru koi8-u koi8u",
    "kz1048": "rk1048 strk1048-2002",
    "mac_cyrillic": (
        "cp10007 mac-cyrillic mac-uk maccyrillic macuk macukrainian ms-mac-cyrillic msmaccyrillic"
    ),
    "mac_iceland": "mac-is macis",
    "mac_latin2": "cp1282 mac-centraleurope",
    "mac_roman": "csmacintosh mac macintosh",
    "ptcp154": "pt154",
    "shift_jis": "csshiftjis ms_kanji shift-jis shift_jis sjis",
    "shift_jis_2004": "shift_jisx0213 shiftjisx0213",
    "tis_620": "iso-ir-166 tis-620 tis620 tis620-0 tis620.2529-1 tis620.2533-0",
    "utf_16": "utf-16 utf16",
    "utf_16_be": "ucs-2be unicodebig utf-16be utf16be",
    "utf_16_le": "ucs-2 ucs-2le ucs2 unicodelittle utf-16le utf16le",
    "utf_32": "utf-32 utf32",
    "utf_32_be": "10646-1:1993 csucs4 iso-10646 ucs-4 ucs-4be ucs4 utf-32be utf32be",
    "utf_32_le": "ucs-4le utf-32le utf32le wchar_t",
    "utf_7": "utf-7 utf7",
    "utf_8": "iso-ir-193 utf-8 utf8",
}

_IGNORED = patterns.compile(r"[^a-z0-9_./:-]")


@lru_cache(maxsize=1)
def _codecs() -> dict[str, str]:
    # The empty name is the charset of Dovecot's own locale, "C".
    return {name: codec for codec, names in _NAMES.items() for name in names.split()} | {"": "ascii"}


def codec_for(charset: str) -> str | None:
    """
    Python's codec for a charset as a message names it; None if glibc does not know it.

    As glibc does, this looks past case, stray characters (quotes, blanks) and ``//TRANSLIT``.
    """
    return _codecs().get(_IGNORED.sub("", charset.lower()).partition("//")[0])
