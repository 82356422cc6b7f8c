"""A process of its own that writes to an index and ends badly: run by the tests, not collected.

Usage: python -m tests.unit.store.writer_process WHAT FOLDER
"""

import os
import resource
import signal
import sys
import time
from pathlib import Path

from rag.errors import VerbatimError
from rag.store import IndexReader, IndexWriter
from tests.unit.store.building import EMBEDDER, put

NOBODY = 65534


def put_forever(folder: Path) -> None:
    """Store documents until killed; say each name once it is stored."""
    with IndexWriter.open(folder, EMBEDDER) as writer:
        for number in range(1_000_000):
            passages = [f"document {number} passage {part} " + "x" * 500 for part in range(20)]
            put(writer, f"{number:06}.md", passages, seed=number)
            print(f"{number:06}.md", flush=True)


def die_when_renaming(folder: Path, which: int) -> None:
    """Store a document and be killed by the ``which``-th renaming of a file in finish()."""
    seen = 0

    def watch(event: str, _: tuple[object, ...]) -> None:
        nonlocal seen
        if event == "os.rename":
            seen += 1
            if seen == which:
                os.kill(os.getpid(), signal.SIGKILL)

    with IndexWriter.open(folder, EMBEDDER) as writer:
        put(writer, "new.md", ["new passage"], seed=7)
        sys.addaudithook(watch)


def hold(folder: Path) -> None:
    """Hold the index open for writing until killed."""
    with IndexWriter.open(folder, EMBEDDER):
        print("held", flush=True)
        time.sleep(600)


def fill_while_creating(folder: Path) -> None:
    """Have no room for the tables of a new index."""
    # More than the 32 KiB of SQLite's shared memory, less than the log of all tables.
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
    try:
        IndexWriter.open(folder, EMBEDDER)
    except VerbatimError as error:
        print(type(error).__name__, error, flush=True)


def fill_while_storing(folder: Path) -> None:
    """Store a document that does not fit; then one that does."""
    with IndexWriter.open(folder, EMBEDDER) as writer:
        database = folder / "index.sqlite"
        limit = database.stat().st_size + 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            put(writer, "large.md", ["large " * 100_000])
        except VerbatimError as error:
            print(type(error).__name__, error, flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        put(writer, "small.md", ["small"])


def fill_while_finishing(folder: Path) -> None:
    """Store a document, then have no room for the vectors."""
    try:
        with IndexWriter.open(folder, EMBEDDER) as writer:
            put(writer, "new.md", ["new passage"], seed=7)
            resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
    except VerbatimError as error:
        print(type(error).__name__, error, flush=True)


def read_without_rights(folder: Path) -> None:
    """Read, then try to write, an index in a folder that may not be written to."""
    if os.geteuid() == 0:  # nothing is forbidden to root
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    with IndexReader.open(folder) as reader:
        print(*(item.name for item in reader.documents()), flush=True)
    try:
        IndexWriter.open(folder, EMBEDDER)
    except VerbatimError as error:
        print(type(error).__name__, error, flush=True)


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    {
        "put_forever": put_forever,
        "die_before_vectors": lambda folder: die_when_renaming(folder, 1),
        "die_between_files": lambda folder: die_when_renaming(folder, 2),
        "hold": hold,
        "fill_while_creating": fill_while_creating,
        "fill_while_storing": fill_while_storing,
        "fill_while_finishing": fill_while_finishing,
        "read_without_rights": read_without_rights,
    }[what](where)
