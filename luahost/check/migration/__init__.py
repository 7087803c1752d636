"""
From one version of Dovecot to the other: what of a script breaks, and the same script for both.

``edits.py`` applies changes to a text; ``settings.py`` gives a script its settings in both versions,
``clients.py`` its HTTP clients; ``rewriting.py`` puts these and the rules' own changes together;
``configuration.py`` writes ``plugin { }`` anew for 2.4; ``report.py`` says it all.
"""
