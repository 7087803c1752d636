"""
A process that puts, claims and ends transactions, and says what it was answered, until it is killed.

A line on standard output for each answer: ``put ID USER``, ``answer ID``, ``done ID``, ``dead ID``; and
``postponed ID`` before it is asked for. Some wait for a moment, to be run together with others; then there is
a line for each.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time

from luahost.server.spool import Entry, SqliteSpool, Window

USERS = 7


def say(*words: str) -> None:
    """
    Tell the parent, in one write.
    """
    os.write(1, (" ".join(words) + "\n").encode())


def put(spool: SqliteSpool, dice: random.Random) -> None:
    """
    Put batches for ever; each says where it belongs among its user's.
    """
    while True:
        users = [f"user{dice.randrange(USERS)}" for _ in range(dice.randrange(1, 4))]
        until = time.time() + 0.02
        entries = [
            Entry(
                user=user,
                payload=os.urandom(dice.randrange(2000)),
                window=dice.choice((None, Window(key="a", until=until), Window(key="b", until=until))),
            )
            for user in users
        ]
        for id, user in zip(spool.put(entries).result(), users, strict=True):
            say("put", id, user)


def run(spool: SqliteSpool, dice: random.Random) -> None:
    """
    Claim and end for ever.
    """
    while True:
        for claim in spool.claim(dice.randrange(1, 4)).result():
            spool.record_answer(claim.id, "key", claim.id.encode()).result()
            say("answer", claim.id)
            end = dice.choice(("done", "done", "dead", "postponed"))
            ids = [one.id for one in (claim, *claim.together)]
            if end == "postponed":
                # Another thread may have it, and end it, before this one comes to say anything afterwards.
                told(end, ids)
                spool.postpone(claim.id, due=time.time(), reason="503").result()
                continue
            if end == "done":
                spool.done(claim.id).result()
            else:
                spool.bury(claim.id, reason="boom").result()
            told(end, ids)


def told(end: str, ids: list[str]) -> None:
    """
    Say how transactions end.
    """
    for id in ids:
        say(end, id)


def main() -> None:
    """
    Four threads that put, three that run.
    """
    spool = SqliteSpool(sys.argv[1])
    dice = random.Random(int(sys.argv[2]))
    acts = [put] * 4 + [run] * 3
    threads = [
        threading.Thread(target=act, args=(spool, random.Random(dice.random())), daemon=True) for act in acts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
