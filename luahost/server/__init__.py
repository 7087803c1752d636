"""
Keep going: what takes transactions in, keeps them and runs their scripts away from the mail path.

``spool/`` keeps them. Knows nothing of the command line.
"""
