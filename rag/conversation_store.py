"""Conversations that are kept: SQLite beside the index, in a file of its own.

Questions with their whole answers, so that a conversation opened again shows the same sentences,
citations and scores. Any number of threads and processes may use a store; writes take turns. Knows
nothing of how answers come about or how they are shown.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from rag.conversations import Conversation, ConversationSummary, Rating, Turn
from rag.dataclass_json import from_json, to_json
from rag.errors import ConversationError
from rag.types import Answer

DATABASE_NAME = "conversations.sqlite"
SCHEMA_VERSION = 1
_APPLICATION_ID = int.from_bytes(b"VRBC", "big")
_BUSY_TIMEOUT_S = 5.0
_MOST_LISTED = 200

_TABLES = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        changed_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX conversations_by_change ON conversations (changed_at)",
    # The number gives the order; ids are made by whoever asks, so that two tabs never share one.
    """
    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        question TEXT NOT NULL,
        text TEXT NOT NULL,
        rating TEXT NOT NULL,
        note TEXT NOT NULL,
        answer TEXT
    )
    """,
    "CREATE INDEX turns_by_conversation ON turns (conversation, number)",
)


class ConversationStore:
    """The kept conversations of an index folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened or made before something is kept."""
        self._folder = folder
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._is_over = False

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def close_for_good(self) -> None:
        """Close the file, which is about to be elsewhere or gone; nothing is kept here any more."""
        with self._lock:
            self.close()
            self._is_over = True

    def keep_written(self, turn: Turn) -> None:
        """Write down what there is of an answer that was stopped.

        Nothing, where the turn is gone, or was answered meanwhile in another window.

        Raises:
            ConversationError: it cannot be written.
        """
        self._change(
            "UPDATE turns SET text = ? WHERE id = ? AND answer IS NULL",
            _storable(turn.written),
            turn.id,
        )

    def keep(self, conversation_id: str, turn: Turn) -> None:
        """Add a turn to its conversation, or replace the one of its id in its place.

        Raises:
            ConversationError: it cannot be written.
        """
        answer = None if turn.answer is None else json.dumps(to_json(turn.answer))
        text = turn.written if turn.answer is None else turn.answer.text
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._writing() as connection:
            # A question moves its conversation to the top of the list, a rating does not.
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
                "SET changed_at = excluded.changed_at "
                "WHERE NOT EXISTS (SELECT 1 FROM turns WHERE turns.id = ?)",
                (conversation_id, _storable(turn.question), now, turn.id),
            )
            connection.execute(
                "INSERT INTO turns (id, conversation, question, text, rating, note, answer) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "question = excluded.question, text = excluded.text, rating = excluded.rating, "
                "note = excluded.note, answer = excluded.answer",
                (
                    turn.id,
                    conversation_id,
                    _storable(turn.question),
                    _storable(text),
                    turn.rating.value,
                    _storable(turn.note),
                    answer,
                ),
            )

    def rate(self, turn: Turn) -> None:
        """Write down a kept turn's rating and note, and nothing else of it.

        Raises:
            ConversationError: it cannot be written.
        """
        self._change(
            "UPDATE turns SET rating = ?, note = ? WHERE id = ?",
            turn.rating.value,
            _storable(turn.note),
            turn.id,
        )

    def drop_turns(self, conversation_id: str, turn_ids: Sequence[str]) -> None:
        """Remove turns from a conversation, and the conversation with its last one.

        Raises:
            ConversationError: it cannot be written.
        """
        if not self._exists():
            return
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM turns WHERE conversation = ? AND id IN "
                "(SELECT value FROM json_each(?))",
                (conversation_id, json.dumps(list(turn_ids))),
            )
            connection.execute(
                "UPDATE conversations SET title = coalesce((SELECT question FROM turns "
                "WHERE conversation = conversations.id ORDER BY number LIMIT 1), title) "
                "WHERE id = ?",
                (conversation_id,),
            )
            connection.execute(
                "DELETE FROM conversations WHERE id = ? AND NOT EXISTS "
                "(SELECT 1 FROM turns WHERE conversation = conversations.id)",
                (conversation_id,),
            )

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation; nothing happens if there is none of that id.

        Raises:
            ConversationError: it cannot be written.
        """
        self._change("DELETE FROM conversations WHERE id = ?", conversation_id)

    def read(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, equal to what was kept; None if there is none of that id.

        Raises:
            ConversationError: it cannot be read.
        """
        if not self._exists():
            return None
        with self._using() as connection:
            rows = connection.execute(
                "SELECT id, question, text, rating, note, answer FROM turns "
                "WHERE conversation = ? ORDER BY number",
                (conversation_id,),
            ).fetchall()
        if not rows:
            return None
        return Conversation(conversation_id, tuple(self._turn(row) for row in rows))

    def listing(self, words: str = "") -> list[ConversationSummary]:
        """Return the conversations that hold every one of ``words``, the latest first.

        Raises:
            ConversationError: they cannot be read.
        """
        if not self._exists():
            return []
        wanted = [f"%{_literal(word)}%" for word in words.split()]
        holds = (
            "EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id "
            "AND (question LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\'))"
        )
        conditions = " AND ".join([holds] * len(wanted)) or "1"
        with self._using() as connection:
            rows = connection.execute(
                "SELECT id, title, changed_at, "
                "(SELECT count(*) FROM turns WHERE conversation = conversations.id) "
                f"FROM conversations WHERE {conditions} ORDER BY changed_at DESC LIMIT ?",
                [*(word for word in wanted for _ in range(2)), _MOST_LISTED],
            ).fetchall()
        return [
            ConversationSummary(number, title, datetime.fromisoformat(changed), turns)
            for number, title, changed, turns in rows
        ]

    def _turn(self, row: Sequence[str]) -> Turn:
        number, question, text, rating, note, answer = row
        try:
            found = None if answer is None else from_json(Answer, json.loads(answer))
            return Turn(
                id=number,
                question=question,
                answer=found,
                written="" if found else text,
                rating=Rating(rating),
                note=note,
            )
        except (ValueError, TypeError) as error:
            raise self._failure(f"an answer in it is damaged ({error})") from error

    def _change(self, statement: str, *values: str) -> None:
        """Change what is kept; where nothing ever was, no file is made."""
        if self._exists():
            with self._writing() as connection:
                connection.execute(statement, values)

    def _exists(self) -> bool:
        return self._connection is not None or (self._folder / DATABASE_NAME).is_file()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._is_over:
                raise ConversationError("its collection was renamed or deleted meanwhile")
            try:
                if self._connection is None:
                    self._connection = self._open()
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                raise self._failure(str(error)) from error

    def _open(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._folder / DATABASE_NAME,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,  # transactions are begun where they are meant
            check_same_thread=False,  # the lock sees to it
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables where there are none; refuse what is not ours or of another layout."""
        with _transaction(connection):
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not (application or version or objects):
                for statement in _TABLES:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                return
        if application != _APPLICATION_ID:
            raise self._failure("it is not a file of this program")
        if version != SCHEMA_VERSION:
            raise self._failure(
                f"it has layout {version}; this version of the program reads {SCHEMA_VERSION}"
            )

    def _failure(self, reason: str) -> ConversationError:
        return ConversationError(
            f"the conversations in {self._folder / DATABASE_NAME} could not be read or written: "
            f"{reason}; check the folder's permissions and disk space, or move the file away to "
            "begin anew"
        )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # must not hide the first failure
            connection.execute("ROLLBACK")
        raise


def _storable(text: str) -> str:
    """Return ``text`` without half characters, which a browser may send and SQLite refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _literal(word: str) -> str:
    """Return ``word`` for LIKE, where ``%`` and ``_`` stand for anything."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
