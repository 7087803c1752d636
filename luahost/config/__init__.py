"""
Dovecot's own configuration: which drivers run, with which settings, and for whom.

Configuration files are read as Dovecot reads them. What is for other parts of Dovecot is left alone.
"""
