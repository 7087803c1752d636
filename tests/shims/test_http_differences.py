"""
Where ``socket.http`` and ``ssl.https`` give something else than the real ones, and mean to.

``docs/luasocket.md`` has the reasons. If one of these becomes the same, it belongs among the cases of
``test_http.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.debian import needs
from tests.shims.engines import hosted, outcomes, real

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shims.endpoint import Endpoint

pytestmark = needs("lua5.4", "lua-socket", "lua-sec", "openssl")

HOSTED = {
    # httpx gives a body without the borders of its chunks.
    "chunks_of_a_chunked_body": '2 values: "4 values: 1 200 {["transfer-encoding"]="chunked"} '
    '"HTTP/1.1 200 OK"" {[1]=2048,[2]=2048,[3]=2048,[4]=2048,[5]=808}',
    "broken_chunked_body": '2 values: "2 values: nil "closed"" {}',
    # h11 reads answers more strictly, and tidies them.
    "no_status_line": '2 values: nil "malformed response status line"',
    "no_reason_and_no_space": '4 values: "x" 200 {["content-length"]="1"} "HTTP/1.1 200 "',
    "no_length_that_is_a_number": '2 values: nil "bad Content-Length"',
    "folded_header": '4 values: "ok" 200 {["content-length"]="2",["x-fold"]="one two three"} '
    '"HTTP/1.1 200 OK"',
    "space_after_a_header": '4 values: "" 200 {["content-length"]="0",["x-space"]="both"} "HTTP/1.1 200 OK"',
    "early_hints": '4 values: "after 103" 200 {["content-length"]="9"} "HTTP/1.1 200 OK"',
    # It sends no request that is no HTTP.
    "space_in_the_target": "2 values: nil \"the request target holds ' ' unescaped\"",
    "space_in_a_location": "2 values: nil \"the request target holds ' ' unescaped\"",
    "bytes_in_the_target": '4 values: "GET /echo?%C3%A4 HTTP/1.1\\x0a" 200 {["content-length"]="26",'
    '["x-method"]="GET"} "HTTP/1.1 200 OK"',
    "line_end_in_a_header": "2 values: nil \"Illegal header value b'1\\r\\nx-b: 2'\"",
    "space_in_the_name_of_a_header": "2 values: nil \"Illegal header name b'x a'\"",
    "unknown_transfer_encoding": '2 values: nil "Only Transfer-Encoding: chunked is supported"',
    "source_shorter_than_its_length": '2 values: nil "the body has 3 bytes, and its Content-Length is 6"',
    # The request is complete before there is a connection.
    "source_that_fails": '2 values: nil "no source"',
    "header_of_another_type": "raises \"attempt to concatenate a boolean value (header 'x-a')\"",
    "user_agent_of_another_type": '1 values: "raises "attempt to concatenate a table value '
    "(header 'user-agent')\"\"",
    # Words that say what is wrong.
    "unknown_scheme": "raises \"luahost: socket.http has no scheme 'ftp'; there are http and https\"",
    "proxy_for_https": '2 values: nil "proxy not supported"',
    "proxy_without_a_scheme": 'raises "luahost: a proxy is given as a URL such as http://proxy:3128, '
    "not as 'proxy:3128'\"",
    # Whom to trust.
    "tls_that_nobody_vouches_for": '4 values: nil "certificate verify failed" nil nil',
    "tls_for_another_host": '4 values: nil "certificate verify failed" nil nil',
}
"""What luahost gives, by case."""


def test_differs_as_documented(
    endpoint: Endpoint, secure_endpoint: Endpoint, misnamed_endpoint: Endpoint, certificates: Path
) -> None:
    """
    What luahost gives is written here, and the real one gives something else.
    """
    cases = "http_differences_cases"
    world = {
        "base": endpoint.base,
        "secure": secure_endpoint.base,
        "misnamed": misnamed_endpoint.base,
        "misnamed_ca": str(certificates / "elsewhere.pem"),
    }
    ours = {name: outcome.gives for name, outcome in outcomes(lambda: hosted(cases, world)).items()}
    theirs = {name: outcome.gives for name, outcome in outcomes(lambda: real(cases, world)).items()}

    assert ours == HOSTED
    assert [name for name in ours if ours[name] == theirs[name]] == []
