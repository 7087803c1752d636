"""
The settings of ``dovecot.http.client``, by version: names, kinds and defaults, as tables.

What becomes of them is in :mod:`luahost.api.http_settings`.
"""

from __future__ import annotations

from typing import Literal

from luahost.dataclass import dataclass, field
from luahost.tls import Tls

Kind = Literal["string", "url", "count", "seconds", "milliseconds", "boolean", "time", "size", "tls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """
    How a client behaves; the defaults are Dovecot's. Times are in seconds, 0 is none.
    """

    user_agent: str = ""
    proxy_url: str = ""
    proxy_username: str = ""
    proxy_password: str = ""
    proxy_ssl_tunnel: bool = True
    request_timeout: float = 60.0
    read_request_timeout: float = 0.0
    write_request_timeout: float = 0.0
    delete_request_timeout: float = 0.0
    request_absolute_timeout: float = 0.0
    connect_timeout: float = 0.0
    max_attempts: int = 1
    read_max_attempts: int = 0
    write_max_attempts: int = 0
    delete_max_attempts: int = 0
    max_connect_attempts: int = 0
    connect_backoff_time: float = 0.1
    connect_backoff_max_time: float = 60.0
    max_redirects: int = 0
    auto_redirect: bool = True
    auto_retry: bool = True
    max_auto_retry_delay: float = 0.0
    tls: Tls = field(default_factory=Tls)


@dataclass(frozen=True, slots=True)
class Option:
    """
    One setting that a script may give.

    Attributes:
        name: What scripts call it.

        kind: What it may be.

        target: The field of :class:`HttpSettings` (or of ``Tls``) that it sets; None if it changes nothing
            that a script could see here.

        reverse: Whether it says the opposite of its target.
    """

    name: str
    kind: Kind
    target: str | None = None
    reverse: bool = False


NATIVE = (
    Option("user_agent", "string", "user_agent"),
    Option("rawlog_dir", "string"),
    Option("max_idle_time_msecs", "milliseconds"),
    Option("no_auto_redirect", "boolean", "auto_redirect", reverse=True),
    Option("no_auto_retry", "boolean", "auto_retry", reverse=True),
    Option("max_redirects", "count", "max_redirects"),
    Option("max_attempts", "count", "max_attempts"),
    Option("max_connect_attempts", "count", "max_connect_attempts"),
    Option("connect_backoff_time_msecs", "milliseconds", "connect_backoff_time"),
    Option("connect_backoff_max_time_msecs", "milliseconds", "connect_backoff_max_time"),
    Option("request_absolute_timeout_msecs", "milliseconds", "request_absolute_timeout"),
    Option("request_timeout_msecs", "milliseconds", "request_timeout"),
    Option("connect_timeout_msecs", "milliseconds", "connect_timeout"),
    Option("soft_connect_timeout_msecs", "milliseconds"),
    Option("max_auto_retry_delay_secs", "seconds", "max_auto_retry_delay"),
    Option("debug", "boolean"),
    Option("proxy_url", "url", "proxy_url"),
)
"""The settings of 2.3, in the order in which they are looked at."""

TEXT = (
    Option("user_agent", "string", "user_agent"),
    Option("rawlog_dir", "string"),
    Option("dns_client_socket_path", "string"),
    Option("dns_ttl", "time"),
    Option("proxy_url", "string", "proxy_url"),
    Option("proxy_socket_path", "string"),
    Option("proxy_username", "string", "proxy_username"),
    Option("proxy_password", "string", "proxy_password"),
    Option("proxy_ssl_tunnel", "boolean", "proxy_ssl_tunnel"),
    Option("request_timeout", "time", "request_timeout"),
    Option("read_request_timeout", "time", "read_request_timeout"),
    Option("write_request_timeout", "time", "write_request_timeout"),
    Option("delete_request_timeout", "time", "delete_request_timeout"),
    Option("request_absolute_timeout", "time", "request_absolute_timeout"),
    Option("connect_timeout", "time", "connect_timeout"),
    Option("soft_connect_timeout", "time"),
    Option("request_max_attempts", "count", "max_attempts"),
    Option("read_request_max_attempts", "count", "read_max_attempts"),
    Option("write_request_max_attempts", "count", "write_max_attempts"),
    Option("delete_request_max_attempts", "count", "delete_max_attempts"),
    Option("max_connect_attempts", "count", "max_connect_attempts"),
    Option("connect_backoff_time", "time", "connect_backoff_time"),
    Option("connect_backoff_max_time", "time", "connect_backoff_max_time"),
    Option("request_max_redirects", "count", "max_redirects"),
    Option("auto_redirect", "boolean", "auto_redirect"),
    Option("auto_retry", "boolean", "auto_retry"),
    Option("max_auto_retry_delay", "time", "max_auto_retry_delay"),
    Option("max_idle_time", "time"),
    Option("max_parallel_connections", "count"),
    Option("max_pipelined_requests", "count"),
    Option("response_hdr_max_size", "size"),
    Option("response_hdr_max_field_size", "size"),
    Option("response_hdr_max_fields", "count"),
    Option("socket_send_buffer_size", "size"),
    Option("socket_recv_buffer_size", "size"),
    Option("ssl_client_ca_file", "tls", "cafile"),
    Option("ssl_client_ca_dir", "tls", "capath"),
    Option("ssl_client_cert_file", "tls", "certificate"),
    Option("ssl_client_key_file", "tls", "key"),
    Option("ssl_client_key_password", "tls", "password"),
    Option("ssl_client_require_valid_cert", "boolean", "verify"),
    Option("ssl_min_protocol", "string"),
    Option("ssl_cipher_list", "string"),
    Option("ssl_cipher_suites", "string"),
    Option("ssl_curve_list", "string"),
    Option("ssl_options", "string"),
)
"""The settings of 2.4: the server's, without ``http_client_`` in front; and its TLS settings for clients."""
