r"""
Random odd messages: headers, addresses, dates and bodies as careless mail programs, spammers and broken
gateways make them, put together from pieces of which each is nearly right.

Bytes that are nobody's text stand in charsets only where glibc's iconv and Python's codecs agree on all that
is broken. ``tests/message`` has the other charsets' oddities, as far as mail has them.
"""

from __future__ import annotations

import base64
import quopri

from hypothesis import strategies as st

ROBUST = [
    "utf-8", "UTF-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1252", "windows-1251",
    "koi8-r", "koi8-u", "cp437", "cp850", "latin1", "x-unknown", "unknown-8bit", "", "utf8", "utf-8//IGNORE",
    "utf-8*en", "iso_8859-1", "ansi_x3.4-1968", "utf-16le",
]  # fmt: skip
OTHERS = [
    "iso-8859-8-i", "windows-1255", "windows-1258", "iso-2022-jp", "iso-2022-kr", "shift_jis", "euc-jp",
    "euc-kr", "gb2312", "gbk", "gb18030", "hz-gb-2312", "big5-hkscs", "utf-16", "utf-16be", "ucs-2",
    "macintosh", "tis-620", "cp037",
]  # fmt: skip

TEXTS = [
    "Hello", "two words", "Grüße", "naïve café", "Привет мир", "שלום", "مرحبا", "こんにちは世界",
    "日本語テキスト", "안녕하세요", "你好", "你好，世界。", "ก็ไม่เป็นไร", "e\u0301", "Tiếng Việt", "😀 smile",
    "a\u00a0b", "\u200bzero", "\ufeffbom", "€ 5", "ﬁ", "—–“”", "+AGE-", "x" * 90, "ä" * 210, "> quoted",
    ">", "a\0b", "-- ", "=?utf-8?q?inside?=", "(comment)", "tab\there", "ｶﾅ",
]  # fmt: skip


def _encoded(text: str, charset: str) -> bytes:
    """
    The text in that charset as far as Python has both, else in UTF-8.
    """
    try:
        return text.encode(charset.partition("*")[0] or "utf-8", "ignore")
    except LookupError:
        return text.encode()


def _any(*choices: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from(choices)


def _list(pieces: st.SearchStrategy[bytes], between: bytes, most: int) -> st.SearchStrategy[bytes]:
    return st.lists(pieces, max_size=most).map(between.join)


def _lines(pattern: bytes, *parts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.tuples(*parts).map(lambda found: pattern % found)


BYTES = st.builds(_encoded, st.sampled_from(TEXTS), st.sampled_from(ROBUST + OTHERS)) | st.binary(max_size=12)


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """
    A charset's name, and text in it, or anything.
    """
    charset = draw(st.sampled_from(ROBUST + OTHERS))
    own = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map(
        lambda found: _encoded("\n".join(found), charset)
    )
    return charset.encode(), draw(own | BYTES if charset in ROBUST else own)


@st.composite
def encoded_words(draw: st.DrawFn) -> bytes:
    """
    A word of RFC 2047, or what looks like one.
    """
    charset, data = draw(texts())
    if draw(st.booleans()):
        encoding, text = b"B", base64.b64encode(data)
        text = draw(_any(text, text.rstrip(b"="), text[:-1], text[:5] + b" " + text[5:], text + b"=="))
    else:
        encoding, text = (
            b"q",
            b"".join(b"=%02X" % byte if byte in b"=?_\n" or byte > 126 else b"%c" % byte for byte in data),
        )
        text = draw(_any(text, text.replace(b" ", b"_"), text[:-1]))
    shape = draw(
        _any(*[b"=?%b?%b?%b?="] * 6, b'"=?%b?%b?%b?="', b"=?%b?%b?%b=", b"=?%b?%bx?%b?=", b"=?%b?%b?%b ?=")
    )
    return shape % (charset, encoding, text)


WORDS = encoded_words() | encoded_words() | st.sampled_from(TEXTS).map(str.encode) | BYTES
FOLDS = _any(*[b" "] * 6, b"", b"\n ", b"\n\t", b"  ", b"\n  \n ", b"\r ", b"\t", b"_")
SUBJECTS = _list(_lines(b"%b%b", WORDS, FOLDS), b"", 5)

ATOMS = _any(
    b"bob", b"Bob", b"a.b", b".a", b"a..b", b"a.", b'"b c"', b'"a\\"b"', b'"a\\', b'""', b"b@c", b"\xc3\xa4",
    b"[1.2.3.4]", b"x y", b"(c)", b"((n)est)", b"(open", b"x(c)y", b"a/b=c", b"user+tag", b"<", b">", b"@",
    b",", b";", b":", b"\\", b"'q'", b"=?utf-8?q?=C3=A4?=", b"\xa0", b"undisclosed-recipients", b"[", b"]",
    b"a" * 300,
)  # fmt: skip
DOMAINS = _any(b"x.org", b"[10.0.0.1]", b"[IPv6:::1]", b"x", b"", b"x..y", b"x .org", b"\xc3\xa4.de")
ADDRESSES = _lines(b"%b@%b", ATOMS, DOMAINS) | ATOMS
PHRASES = _list(WORDS | ATOMS, b" ", 3)
MAILBOXES = st.one_of(
    ADDRESSES,
    _lines(b"%b <%b>", PHRASES, ADDRESSES),
    _lines(b'"%b" <%b>', SUBJECTS, ADDRESSES),
    _lines(b"%b (%b)", ADDRESSES, SUBJECTS),
    _lines(b"%b<@r1,@r2:%b>", PHRASES, ADDRESSES),
    _lines(b"%b: %b, %b;", PHRASES, ADDRESSES, ADDRESSES),
    _lines(b"<%b", ADDRESSES),
)
RECIPIENTS = st.builds(
    lambda found, comma, more: comma.join(found) + more,
    st.lists(MAILBOXES, max_size=3),
    _any(b", ", b",", b",\n ", b" , ", b" ", b",,"),
    _any(*[b""] * 9, b",\n a@b" * 2000),
)

DATES = st.just(b"") | st.tuples(
    _any(b"Wed, ", b"Wed ", b"wed,", b"Wednesday, ", b"Xyz, ", b"", b"(c) Wed, "),
    _any(b"19", b"9", b"09", b"31", b"0", b"29", b"019", b"32", b"30"),
    _any(b" ", b"-", b"  ", b"\n ", b" (c) "),
    _any(b"Jun ", b"jun ", b"June ", b"Feb ", b"06 ", b"J ", b"Dec ", b"Sept "),
    _any(b"2019", b"19", b"70", b"69", b"1969", b"2038", b"2106", b"2107", b"12019", b"1899", b"2000"),
    _any(b" ", b"  ", b", ", b"T"),
    _any(b"12:42:00", b"12:42", b"1:2:3", b"24:00:00", b"23:59:60", b"12.42.00", b"12 : 42", b"12:42 PM",
         b""),
    _any(b" ", b"", b"  ", b"\n "),
    _any(b"+0300", b"-0530", b"EST", b"est", b"GMT", b"Z", b"A", b"j", b"+9999", b"+03:00", b"+03", b"(MSK)",
         b"CEST", b"0300", b"+0300 (MSK)", b"", b"-"),
).map(b"".join)  # fmt: skip

HTML = _list(
    _any(
        b"<p>", b"</p>", b"<br>", b"<br/>", b"<b>bold</b>", b"text", b" ", b"\n", b"&amp;", b"&nbsp;",
        b"&#228;", b"&#xe4;", b"&#x1F600;", b"&bogus;", b"&", b"&amp", b"&#0;", b"&#xD800;", b"<!-- c -->",
        b"-->", b"<",
        b"<!-- <p> -- > x", b"<!--", b"<script>alert('<p>')</script>",
        b"<SCRIPT type=x>x</SCRIPT >y</script>",
        b"<style>p{}</style>", b"<style/>", b"<title>T</title>", b"<blockquote>quoted</blockquote>",
        b"<blockquote type=cite>", b"</blockquote>", b'<a href="x>y">l</a>', b"<a title='\"'>m</a>", b">",
        b"<![CDATA[d]]>", b"<![endif]-->", b"<!DOCTYPE html>", b"<head><meta charset=utf-8></head>", b"a<b",
        b"< b", b"<3", b"\xe4", b"\xc3\xa4", b"&gt; q", b"> q", b"&lt;", b"&hellip;", b"&apos;", b"&Auml;",
        b"&AMP;", b"<td>1</td><td>2</td>", b"<img alt='x'>", b"\0", b"word " * 50, b"<pre>\n  a\n</pre>",
        b"&#160;", b"&zwnj;", b"\xef\xbb\xbf", b"<o:p></o:p>",
    ),
    b"",
    14,
)  # fmt: skip
LINES = _list(
    BYTES
    | _any(
        b"", b"> q", b">q", b" > q", b">> qq", b"-- ", b"line", b"flowed ", b"=", b"=3D", b"=\t", b"=C3=A4",
        b"=c3", b".", b"..", b"From x", b"--b1", b"--b1--", b"--b2", b"--", b"\0", b"a\rb", b"\f",
        b"y" * 100_000, b"begin 644 x",
    ),
    b"\n",
    6,
)  # fmt: skip

TYPES = _any(
    *[b"text/plain", b"text/html"] * 6, b"TEXT/HTML", b"text/enriched", b"text/", b"text", b"/", b"",
    b"text/plain (c)", b"text /plain", b"application/octet-stream", b"image/png", b"message/rfc822",
    b"message/delivery-status", b"multipart/mixed", b"text/calendar",
)  # fmt: skip
PARAMETERS = _any(
    *[b"; charset=%b", b'; charset="%b"'] * 3, b"; format=flowed; charset=%b", b"; charset*=%b", b"; %b",
    b"; charset*0=%b; charset*1=x", b";charset = %b", b"; charset='%b'", b"; charset*=us-ascii'en'%b",
    b"; charset==%b",
)  # fmt: skip
ENCODINGS = _any(
    *[b"base64", b"quoted-printable"] * 4, b"7bit", b"8bit", b"binary", b"BASE64", b"Quoted-Printable ",
    b"x-uuencode", b"", b"base64 (c)", b'"base64"', b"base64; x=y", b"7 bit",
)  # fmt: skip


def _transfer(body: bytes, encoding: bytes) -> bytes:
    match encoding.strip().lower()[:6]:
        case b"base64":
            return base64.encodebytes(body)
        case b"quoted":
            return quopri.encodestring(body)
    return body


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """
    A part without others in it: its headers, an empty line, its body.
    """
    type_ = draw(TYPES)
    charset, body = draw(texts())
    if charset.decode() in ROBUST:
        body = draw(HTML if b"html" in type_.lower() else LINES | st.just(body))
    headers = (
        draw(_any(b"Content-Type: ", b"content-type:", b""))
        and b"Content-Type: %b" % type_ + draw(PARAMETERS) % charset + b"\n"
    )
    if draw(st.booleans()):
        encoding = draw(ENCODINGS)
        headers += b"Content-Transfer-Encoding: %b\n" % encoding
        body = draw(_any(*[_transfer(body, encoding)] * 4, body))
    return headers + draw(_any(*[b""] * 5, b"Content-Disposition: attachment\n")) + b"\n" + body


@st.composite
def _multiparts(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    boundary = draw(_any(b"b1", b"b1", b"b2", b"b11", b"=_x y", b"", b"b" * 90, b"b1 "))
    subtype = draw(_any(b"mixed", b"alternative", b"alternative", b"related", b"digest", b"signed", b"x"))
    quoted = draw(_any(b'"%b"', b'"%b"', b"%b", b"'%b'"))
    text = b"Content-Type: multipart/%b; boundary=%b\n\n" % (subtype, quoted % boundary)
    text += draw(_any(b"", b"preamble\n", b"\n"))
    for child in draw(st.lists(children, max_size=3)):
        text += b"--%b%b\n%b\n" % (boundary, draw(_any(b"", b"", b"", b" ", b"x")), child)
    return text + draw(_any(b"--%b--\n", b"--%b--\n", b"--%b", b"--%b--", b"--%b--\nepilogue\n")) % boundary


def _forwarded(child: bytes) -> bytes:
    return b"Content-Type: message/rfc822\n\nSubject: inner\nFrom: i@x\n" + child


BODIES = st.recursive(
    leaves(), lambda children: _multiparts(children) | children.map(_forwarded), max_leaves=5
)

_HEADERS = st.one_of(
    st.tuples(_any(b"Subject:", b"Subject:", b"subject :", b"SUBJECT:"), SUBJECTS),
    st.tuples(_any(b"From:", b"from:", b"To:", b"To:", b"TO\t:"), RECIPIENTS),
    st.tuples(st.just(b"Date:"), DATES),
    st.tuples(
        _any(b"Message-ID:", b"Message-Id:"),
        _any(b"<a@b>", b"", b"<a@b> <c@d>", b"\n <a@b>", b"x \t", b"\xe4") | BYTES,
    ),
    st.tuples(_any(b"X-A:", b":", b"no colon", b"MIME-Version:", b"Received:", b">From ", b"From x"), BYTES),
)


@st.composite
def odd_messages(draw: st.DrawFn) -> bytes:
    """
    A whole message, as it is sent; now and then something is cut out of it, put in, or both.
    """
    data = b""
    for name, value in draw(st.lists(_HEADERS, min_size=1, max_size=6)):
        data += name + draw(_any(b" ", b" ", b" ", b"", b"\t", b"\n ", b"  ")) + value + b"\n"
    data += draw(BODIES)
    if draw(st.integers(0, 3)) == 3:
        at = draw(st.integers(0, len(data)))
        instead = draw(
            _any(
                b"", b"", b"=", b"?", b"?=", b"=?", b"\n ", b"\n", b'"', b" ", b"\0", b"<", b"&", b"\r", b";"
            )
        )
        data = data[:at] + instead + data[at + draw(st.integers(0, 3)) :]
    return (data + b"\n").replace(b"\n", draw(_any(*[b"\r\n"] * 5, b"\n")))
