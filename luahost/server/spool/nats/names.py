"""
What a spool has in NATS, and how it is called there.

All names begin with the spool's prefix, here ``P``:

* Stream ``P_transactions``: what is not finished, a message each, ``P.txn.PARTITION.USER.ID``. The order of
  the stream is the order of the spool.
* Streams ``P_done``, ``P_dead``, ``P_expired``: what is finished, ``P.done.ID`` and so on.
* Bucket ``P_attempts``: how far each unfinished transaction is that was begun, ``PARTITION.ID.state``, and
  answers to its requests, ``PARTITION.ID.answer.HASH``.
* Bucket ``P_keys``: the keys of batches, by hash.
* Bucket ``P_nodes``: the servers of luahost, written several times in the time of a lease:
  ``machine.NAME`` those that run transactions, ``intake.NAME`` those that only take them in. A machine that
  ends its work is ``leaving.NAME`` as well.
* Bucket ``P_owners``: the name of the machine that has a partition, by its number. Whoever has it runs the
  transactions of that partition's users.

Buckets are streams too, as everywhere in NATS: ``KV_P_attempts`` with the subjects ``$KV.P_attempts.>``.
"""

from __future__ import annotations

import base64
import hashlib

from luahost import patterns
from luahost.database_file import to_bytes
from luahost.dataclass import dataclass
from luahost.server.spool.entries import State

_ID = patterns.compile(r"([0-9]{1,4})-[0-9a-f]{16}-[0-9]{1,9}")
_MOVED_ID = patterns.compile(r"[0-9]{1,19}-[0-9a-f]{12}")
"""What came from a spool in a file has kept its id, which does not say where it is."""

_TOKEN_BYTES = 15
_SALT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Names:
    """
    The names of one spool.

    Attributes:
        prefix: What they begin with.
    """

    prefix: str

    @property
    def transactions(self) -> str:
        """
        The stream of what is not finished.
        """
        return f"{self.prefix}_transactions"

    @property
    def attempts(self) -> str:
        """
        The stream of the bucket with attempts and answers.
        """
        return f"KV_{self.prefix}_attempts"

    @property
    def keys(self) -> str:
        """
        The stream of the bucket with the keys of batches.
        """
        return f"KV_{self.prefix}_keys"

    @property
    def nodes(self) -> str:
        """
        The stream of the bucket with machines.
        """
        return f"KV_{self.prefix}_nodes"

    @property
    def owners(self) -> str:
        """
        The stream of the bucket with the owners of partitions.
        """
        return f"KV_{self.prefix}_owners"

    def finished(self, state: State) -> str:
        """
        The stream of those that are finished in this way.
        """
        return f"{self.prefix}_{state.value}"

    def transaction(self, partition: int, user: str, id: str = "*") -> str:
        """
        The subject of a transaction that is not finished; of all of a user's without an id.
        """
        return f"{self.prefix}.txn.{partition}.{user_token(user)}.{id}"

    def transaction_of(self, id: str) -> str:
        """
        What the subject of a transaction is like of which only the id is known.
        """
        return f"{self.prefix}.txn.{partition_in(id)}.*.{id}"

    def transactions_in(self, partition: int) -> str:
        """
        The subjects of all of a partition.
        """
        return f"{self.prefix}.txn.{partition}.>"

    @property
    def all_transactions(self) -> str:
        """
        The subjects of all that is not finished.
        """
        return f"{self.prefix}.txn.>"

    def end(self, state: State, id: str = "*") -> str:
        """
        The subject of a finished one; of all without an id.
        """
        return f"{self.prefix}.{state.value}.{id}"

    def record(self, id: str, partition: int | None = None) -> str:
        """
        The subject of what is known of a transaction's attempts. To write there takes the partition.
        """
        place = partition_in(id) if partition is None else partition
        return f"$KV.{self.prefix}_attempts.{place}.{id}.state"

    def records(self, partition: int | str = "*") -> str:
        """
        The same of all of a partition, or of all partitions.
        """
        return f"$KV.{self.prefix}_attempts.{partition}.*.state"

    def answer(self, partition: int, id: str, key: str) -> str:
        """
        The subject of an answer.
        """
        hashed = hashlib.blake2b(to_bytes(key), digest_size=_TOKEN_BYTES).digest()
        return f"$KV.{self.prefix}_attempts.{partition}.{id}.answer.{_token(hashed)}"

    def answers(self, id: str) -> str:
        """
        The subjects of all answers of a transaction.
        """
        return f"$KV.{self.prefix}_attempts.{partition_in(id)}.{id}.answer.*"

    def all_about(self, id: str) -> str:
        """
        The subjects of all that hangs on a transaction.
        """
        return f"$KV.{self.prefix}_attempts.{partition_in(id)}.{id}.>"

    def key(self, key: str) -> str:
        """
        The subject of a batch's key.
        """
        hashed = hashlib.blake2b(to_bytes(key), digest_size=_TOKEN_BYTES).digest()
        return f"$KV.{self.prefix}_keys.{_token(hashed)}"

    @property
    def all_keys(self) -> str:
        """
        The subjects of all keys.
        """
        return f"$KV.{self.prefix}_keys.>"

    def node(self, node: str = "*", *, runs: bool = True) -> str:
        """
        The subject of a machine that runs transactions, or only takes them in; of all without a name.
        """
        return f"$KV.{self.prefix}_nodes.{'machine' if runs else 'intake'}.{node}"

    def leaving(self, node: str) -> str:
        """
        Where a machine says that it wants no partitions any more.
        """
        return f"$KV.{self.prefix}_nodes.leaving.{node}"

    @property
    def all_nodes(self) -> str:
        """
        The subjects of all that is said of machines.
        """
        return f"$KV.{self.prefix}_nodes.>"

    def owner(self, partition: int | str) -> str:
        """
        The subject of a partition's owner.
        """
        return f"$KV.{self.prefix}_owners.{partition}"

    def look(self, partition: int | str) -> str:
        """
        Where the owner of a partition is told that somebody else has changed a transaction.
        """
        return f"{self.prefix}.look.{partition}"


def partition_of(user: str, partitions: int) -> int:
    """
    Which of so many partitions a user is in.
    """
    hashed = hashlib.blake2b(to_bytes(user), digest_size=8).digest()
    return int.from_bytes(hashed, "big") % partitions


def user_token(user: str) -> str:
    """
    A user as a part of a subject, whatever is in the name.
    """
    return _token(hashlib.blake2b(to_bytes(user), digest_size=_TOKEN_BYTES).digest())


def new_salt(random: bytes) -> str:
    """
    What the ids of one batch have in common, of so many random bytes.
    """
    return random[:_SALT_BYTES].hex()


def id_of(partition: int, salt: str, number: int) -> str:
    """
    The id of a transaction: where it is, its batch, and its place in that.
    """
    return f"{partition}-{salt}-{number}"


def is_id(text: str) -> bool:
    """
    Whether this can be the id of a transaction.
    """
    return _ID.fullmatch(text) is not None or _MOVED_ID.fullmatch(text) is not None


def partition_in(id: str) -> int | str:
    """
    The partition that an id names; ``*`` for any if it names none.
    """
    found = _ID.fullmatch(id)
    return "*" if found is None else int(found[1])


def place_in(subject: str) -> tuple[int, str]:
    """
    Partition and id in the subject of a transaction that is not finished.
    """
    _, partition, _, id = subject.rsplit(".", 3)
    return int(partition), id


def _token(hashed: bytes) -> str:
    return base64.b32encode(hashed).decode("ascii").lower()
