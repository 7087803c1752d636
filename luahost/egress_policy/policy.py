"""
Where requests may go: one :class:`EgressPolicy`, the same for every HTTP door.

:mod:`luahost.egress` asks it twice: before a name is looked up (:meth:`EgressPolicy.admit`), and for each
address that the name turns out to have (:meth:`EgressPolicy.check_address`). A redirect is a request like any
other and is asked about anew.
"""

from __future__ import annotations

import os

from luahost.dataclass import dataclass, field, fields
from luahost.egress_policy.address_classes import address, is_public, lies_in, network
from luahost.egress_policy.host_patterns import HostPattern, is_numeric, is_plain, normal_host, pattern
from luahost.egress_policy.request_form import check_form, denied, origin_of, without_credentials_of
from luahost.errors import UsageError
from luahost.exchange import PORT_MAX, SHORT_URL, Place, Request

EVERY_ADDRESS = "any"
PUBLIC_ADDRESSES = "public"

URLS = 64
"""How many URLs a policy remembers that it lets out: scripts mostly have a few."""

LISTS = {
    "hosts": tuple,
    "networks": tuple,
    "proxies": tuple,
    "tls_files": tuple,
    "ports": frozenset,
    "schemes": frozenset,
}
"""The attributes of a policy that hold several values, and what they become."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressPolicy:
    """
    Where requests may go, and what they may be.

    Attributes:
        hosts: Whom a request may be for: ``push.example.org``, ``*.example.org`` (names below it, not
            itself), an address, or ``*``; each with a ``:port`` of its own where ``ports`` does not say
            enough. An IPv6 address with a port is in brackets. Empty: nothing goes out.

        ports: The ports of hosts that have none of their own; None for every port.

        schemes: ``http``, ``https``.

        networks: Which addresses may be connected to: ``public``, CIDR notations, or ``any``. An address that
            ``hosts`` names by itself needs no network.

        numeric_hosts: Whether a request may name an address instead of a host; one that ``hosts`` names may
            be used in any case.

        proxies: The proxies that a script may choose, as in ``hosts``. A proxy looks names up itself, so what
            it reaches is not checked against ``networks``.

        strict: Whether what an endpoint behind a proxy could take for another request is refused, though the
            libraries send it: another ``Host`` than the URL's, ``Transfer-Encoding`` together with
            ``Content-Length``, ``CONNECT``, line ends in a value.

        credentials_follow: Whether ``Authorization`` and ``Cookie`` go along where a redirect leads to
            another scheme, host or port.

        plain_after_tls: Whether a redirect may lead from ``https`` to ``http``.

        tls_files: The files that a script may name for TLS (authorities, certificates, keys), and folders
            whose files it may; None for all. Those of a configuration may be any.

        max_redirects: How many redirects may be followed; None leaves it to the library.

        max_request_bytes: The longest request: URL, header fields and body; None for no limit.

        max_response_bytes: The longest body of an answer to take, as it comes: nothing is ever decompressed.

        total_seconds: How long a request may take in all, name lookup, retries and redirects included; None
            leaves it to the library.

    Raises:
        UsageError: A host, network, port, scheme or limit is none.
    """

    hosts: tuple[str, ...] = ("*",)
    ports: frozenset[int] | None = None
    schemes: frozenset[str] = frozenset({"http", "https"})
    networks: tuple[str, ...] = (EVERY_ADDRESS,)
    numeric_hosts: bool = True
    proxies: tuple[str, ...] = ("*",)
    strict: bool = False
    credentials_follow: bool = True
    plain_after_tls: bool = True
    tls_files: tuple[str, ...] | None = None
    max_redirects: int | None = None
    max_request_bytes: int | None = None
    max_response_bytes: int = 64 * 1024 * 1024
    total_seconds: float | None = None

    _admits_all: bool = field(init=False, repr=False, compare=False, default=False)
    _let_out: dict[str, Place] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in LISTS.items():
            given = getattr(self, name)
            if isinstance(given, str | int):
                raise UsageError(f"{name} is a list, not {given!r}")
            if given is not None:
                object.__setattr__(self, name, kind(given))
        self._check_values()
        # The policy of those who want none should cost nothing.
        unread = ("networks", "max_response_bytes", "total_seconds", "_admits_all", "_let_out")
        limiting = [one for one in fields(self) if one.name not in unread]
        admits_all = all(getattr(self, one.name) == one.default for one in limiting)
        object.__setattr__(self, "_admits_all", admits_all)

    def _check_values(self) -> None:
        for text in (*self.hosts, *self.proxies):
            pattern(text)
        for text in self.networks:
            _check_network(text)
        for port in self.ports or ():
            if not isinstance(port, int) or not 0 < port <= PORT_MAX:
                raise UsageError(f"there is no port {port!r}")
        for scheme in self.schemes:
            if scheme not in ("http", "https"):
                raise UsageError(f"no scheme {scheme!r}; there are http and https")
        for one in fields(self):
            limit = getattr(self, one.name)
            if one.name.startswith(("max_", "total_")) and limit is not None and limit < 0:
                raise UsageError(f"{one.name} cannot be {limit}")

    @property
    def lets_out(self) -> bool:
        """
        Whether there is anything that it allows.
        """
        return bool(self.hosts)

    @property
    def checks_addresses(self) -> bool:
        """
        Whether it matters which address a name has.
        """
        return EVERY_ADDRESS not in self.networks

    def admit(self, request: Request) -> Request:
        """
        The request as it may go out, without credentials that are not for its host.

        Raises:
            EndpointError: It may not; of the kind ``denied``, and the detail says why. Of the kind
                ``protocol`` where its URL is none.
        """
        if self._admits_all:
            return request
        if not self.lets_out:
            raise denied("the egress policy lets nothing out")
        place = self.check_url(request.url)
        if request.proxy is not None:
            self.check_proxy(request.proxy)
        if request.redirected_from is not None:
            request = self._redirected(request, place)
        if self.strict:
            check_form(request, place)
        if self.tls_files is not None and request.tls.chosen_by_script:
            for file in request.tls.files:
                self._check_file(file, self.tls_files)
        if self.max_request_bytes is not None:
            head = len(request.url) + sum(len(name) + len(value) for name, value in request.headers)
            if head + len(request.body) > self.max_request_bytes:
                raise denied(
                    f"the request has {head + len(request.body)} bytes, more than {self.max_request_bytes}"
                )
        return request

    def check_url(self, url: str) -> Place:
        """
        Where a URL leads, if requests may go there.

        Raises:
            EndpointError: As for :meth:`admit`.
        """
        if (known := self._let_out.get(url)) is not None:
            return known
        place = Place.of(url)
        if place.scheme not in self.schemes:
            raise denied(f"{place.scheme} is not allowed")
        self._check_place(place, self.hosts)
        if len(url) <= SHORT_URL:
            if len(self._let_out) >= URLS:
                self._let_out.clear()
            self._let_out[url] = place
        return place

    def check_proxy(self, url: str) -> Place:
        """
        The same for a proxy.
        """
        place = Place.of(url)
        if not self.proxies:
            raise denied("a proxy of the script's own choice is not allowed")
        self._check_place(place, self.proxies)
        return place

    def check_address(self, place: Place, text: str) -> None:
        """
        Refuse an address that a host turned out to have.

        Args:
            place: The host and port.

            text: The address, as the resolver writes it.

        Raises:
            EndpointError: Of the kind ``denied``.
        """
        if not self.checks_addresses:
            return
        found = address(text)
        if found is None:
            raise denied(f"{text!r} is no address")
        if str(found) == normal_host(place.host) and self._names(place, (*self.hosts, *self.proxies)):
            return
        for allowed in self.networks:
            if is_public(found) if allowed == PUBLIC_ADDRESSES else lies_in(found, allowed):
                return
        raise denied(f"{place.host} has the address {found}, which is in none of: {', '.join(self.networks)}")

    def _check_place(self, place: Place, allowed: tuple[str, ...]) -> None:
        if self._plain_hosts and not is_plain(place.host):
            raise denied(f"{place.host!r} is no host name or address in its usual form")
        if self._names(place, allowed):
            return
        if not self.numeric_hosts and is_numeric(place.host):
            raise denied(f"{place.host} is an address, not a host name")
        host = normal_host(place.host)
        fitting = [one for one in map(pattern, allowed) if one.fits(host)]
        if not fitting:
            raise denied(f"the host {place.host} is not allowed")
        if not any(self._port_fits(one, place.port_number) for one in fitting):
            raise denied(f"the port {place.port_number} of {place.host} is not allowed")

    def _names(self, place: Place, allowed: tuple[str, ...]) -> bool:
        """
        Whether one of the patterns is this very host, at this port.
        """
        host = normal_host(place.host)
        return any(
            one.host == host and self._port_fits(one, place.port_number) for one in map(pattern, allowed)
        )

    def _port_fits(self, one: HostPattern, port: int) -> bool:
        if one.port is not None:
            return port == one.port
        return self.ports is None or port in self.ports

    @property
    def _plain_hosts(self) -> bool:
        """
        Whether the host is looked at closely. Python's resolver reads more as an address than is allowed to
        look like one: digits of every alphabet, for a start.
        """
        return self.strict or not self.numeric_hosts or "*" not in self.hosts

    @staticmethod
    def _check_file(file: str, allowed: tuple[str, ...]) -> None:
        path = os.path.abspath(file)
        if not any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in allowed):
            raise denied(f"the file {file} for TLS")

    def _redirected(self, request: Request, place: Place) -> Request:
        asked = Place.of(request.redirected_from or request.url)
        if self.max_redirects is not None and request.redirects > self.max_redirects:
            raise denied(f"more than {self.max_redirects} redirects")
        if not self.plain_after_tls and (asked.scheme, place.scheme) == ("https", "http"):
            raise denied("a redirect from https to http")
        if self.credentials_follow or origin_of(asked) == origin_of(place):
            return request
        return without_credentials_of(request)


def _check_network(text: str) -> None:
    if text in (EVERY_ADDRESS, PUBLIC_ADDRESSES):
        return
    try:
        network(text)
    except ValueError as error:
        raise UsageError(
            f"no network {text!r}: {error}; there are public, any, and 10.0.0.0/8 and the like"
        ) from None
