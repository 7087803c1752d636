"""
Where requests may go. Knows no network and no HTTP library; :mod:`luahost.egress` asks, and keeps to it.

``ANYTHING`` leaves all to the libraries, as Dovecot does; ``SERVER`` is for scripts that one does not know;
under ``NOTHING`` nothing goes out. ``docs/egress.md`` says what each of them means.
"""

from luahost.egress_policy.named import ANYTHING, NOTHING, POLICIES, SERVER, PolicyName, policy_of
from luahost.egress_policy.policy import EgressPolicy

__all__ = ["ANYTHING", "NOTHING", "POLICIES", "SERVER", "EgressPolicy", "PolicyName", "policy_of"]
