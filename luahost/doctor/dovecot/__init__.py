"""
Dovecot's side: which Dovecot it is, whether its configuration pushes, and whether its processes can.

It is asked of ``doveconf``, so that what counts is what Dovecot has read, or of a file that was copied from
another machine. Dovecot itself is never touched.
"""

from luahost.doctor.dovecot.side import DovecotSide, dovecot_checks, dovecot_of_file, installed_dovecot

__all__ = ["DovecotSide", "dovecot_checks", "dovecot_of_file", "installed_dovecot"]
