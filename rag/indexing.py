"""Files → index: reads what is new or changed, chunks, embeds and stores it.

One document is one transaction, so a run that is killed loses at most the document it was at, and
the next run goes on from there. One bad file never stops the rest. Knows nothing of questions.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.chunking import HEADING_SEPARATOR, chunk_document, text_to_embed
from rag.documents import ReadLimits, WalkedFile, read_document, walk
from rag.embedding import Embedder
from rag.errors import DocumentError
from rag.index_record import record_run
from rag.segmentation import terms
from rag.store import DocumentSummary, EmbedderIdentity, IndexedChunk, IndexWriter
from rag.types import Chunk, Document, Failure, IndexReport

_logger = logging.getLogger(__name__)

# Chunks embedded together: enough to sort by length and fill batches, little enough that
# progress is seen and a killed run loses seconds of work.
_EMBED_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run is: files done of all, chunks stored, and the file at hand."""

    done: int
    total: int
    chunks: int
    name: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    document: Document
    chunks: tuple[Chunk, ...]


def index_paths(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    chunk_tokens: int,
    limits: ReadLimits | None = None,
    force: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> IndexReport:
    """Bring the index in ``folder`` up to date with the files under ``paths``.

    Documents from elsewhere stay; those from under ``paths`` whose file is gone are removed. An
    index of another embedder is made anew, with the documents from elsewhere whose files are there.

    Args:
        chunk_tokens: longest chunk; the embedder's own limit caps it.
        force: read files again that have not changed.
        on_progress: called after each file.

    Raises:
        IndexLockedError: another process is writing to the index.
        MachineError: the disk is full.
        DocumentError: one of ``paths`` does not exist.
    """
    for path in paths:
        if not path.exists():
            raise DocumentError(f"{path} does not exist; give a file or a folder of documents")
    identity = EmbedderIdentity(name=embedder.name, dimension=embedder.dimension)
    with IndexWriter.open(folder, identity) as writer:
        run = _Run(
            writer=writer,
            embedder=embedder,
            max_tokens=min(chunk_tokens, embedder.max_tokens),
            limits=limits or ReadLimits(),
            force=force,
        )
        files = list(walk(paths))
        # An index of another embedder is made anew with all that was in it, not only with these.
        given = {file.path.resolve() for file in files}
        files += [
            WalkedFile(path, name)
            for name, was_at in writer.emptied
            if (path := Path(was_at)) not in given
            # What lies under these and was not met is ignored by now.
            and not any(path.is_relative_to(root.resolve()) for root in paths)
            and path.exists()
        ]
        report = run.carry_out(files, roots=paths, on_progress=on_progress)
        writer.made_anew()
        record_run(folder, roots=paths, seen=run.seen, failures=report.failures)
    return report


def remove_documents(names: Sequence[str], folder: Path, embedder: EmbedderIdentity) -> None:
    """Take documents out of the index in ``folder``; a name that is not there is no error.

    Raises:
        IndexLockedError: another process is writing to the index.
        MachineError: the disk is full.
    """
    with IndexWriter.open(folder, embedder) as writer:
        for name in names:
            writer.remove(name)


class _Run:
    """One indexing run; holds its counts."""

    def __init__(
        self,
        *,
        writer: IndexWriter,
        embedder: Embedder,
        max_tokens: int,
        limits: ReadLimits,
        force: bool,
    ) -> None:
        self._writer = writer
        self._embedder = embedder
        self._max_tokens = max_tokens
        self._limits = limits
        self._force = force
        # By path: two folders may each hold a file of the same name.
        self._known = {summary.path: summary for summary in writer.documents()}
        self._names = {summary.name for summary in self._known.values()}
        self._added = self._changed = self._unchanged = self._removed = self._chunks = 0
        self._failures: list[Failure] = []
        self.seen: set[str] = set()

    def carry_out(
        self,
        files: Sequence[WalkedFile],
        *,
        roots: Sequence[Path],
        on_progress: Callable[[Progress], None],
    ) -> IndexReport:
        """Read, embed and store ``files``; then remove the documents under ``roots`` not seen."""
        waiting: list[_Prepared] = []
        for number, file in enumerate(files, start=1):
            prepared = self._prepare(file)
            if prepared is not None:
                waiting.append(prepared)
            if sum(len(item.chunks) for item in waiting) >= _EMBED_TOGETHER:
                self._store(waiting)
                waiting = []
            on_progress(Progress(number, len(files), self._chunks, file.name))
        self._store(waiting)
        self._prune(roots)
        on_progress(Progress(len(files), len(files), self._chunks, ""))
        return IndexReport(
            added=self._added,
            changed=self._changed,
            unchanged=self._unchanged,
            removed=self._removed,
            chunks=self._chunks,
            failures=tuple(self._failures),
        )

    def _prepare(self, file: WalkedFile) -> _Prepared | None:
        path = file.path.resolve().as_posix()
        self.seen.add(path)
        known = self._known.get(path)
        try:
            if known and not self._force and self._is_unchanged(known, file.path):
                self._unchanged += 1
                return None
            name = known.name if known else self._free_name(file.name, path)
            document = read_document(file.path, name=name, limits=self._limits)
        except DocumentError as error:
            self._failures.append(Failure(path=str(file.path), reason=str(error)))
            _logger.info("not indexed: %s", error)
            return None
        chunks = chunk_document(
            document, max_tokens=self._max_tokens, count=self._embedder.count_tokens
        )
        return _Prepared(document=document, chunks=tuple(chunks))

    def _is_unchanged(self, known: DocumentSummary, path: Path) -> bool:
        return known.content_hash == hash_file(path, self._limits.max_bytes)

    def _free_name(self, name: str, path: str) -> str:
        """Return ``name``, or the path where another folder's document has that name."""
        free = path if name in self._names else name
        self._names.add(free)
        return free

    def _store(self, waiting: Sequence[_Prepared]) -> None:
        if not waiting:
            return
        texts = [
            text_to_embed(chunk, item.document.title) for item in waiting for chunk in item.chunks
        ]
        vectors = iter(self._embedder.embed_documents(texts))
        for item in waiting:
            indexed = [
                IndexedChunk(
                    chunk=chunk,
                    vector=next(vectors),
                    lexical_heading=" ".join(terms(HEADING_SEPARATOR.join(chunk.heading_path))),
                    lexical_body=" ".join(terms(chunk.text)),
                )
                for chunk in item.chunks
            ]
            try:
                self._writer.put(item.document, indexed)
            except DocumentError as error:
                self._failures.append(Failure(path=item.document.path, reason=str(error)))
                continue
            self._chunks += len(indexed)
            if item.document.path in self._known:
                self._changed += 1
            else:
                self._added += 1

    def _prune(self, roots: Sequence[Path]) -> None:
        """Remove what was indexed from under ``roots`` and is there no longer.

        A file that is there but can no longer be read keeps its last good version.
        """
        resolved = [root.resolve() for root in roots]
        for path, summary in self._known.items():
            inside = any(Path(path).is_relative_to(root) for root in resolved)
            if inside and path not in self.seen:
                self._writer.remove(summary.name)
                self._removed += 1


def hash_file(path: Path, max_bytes: int | None = None) -> str:
    """Return the SHA-256 of a file's bytes, or "" where it cannot be read or is too large.

    What is wrong with such a file is for the reader to say.
    """
    try:
        if max_bytes is not None and path.stat().st_size > max_bytes:
            return ""
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            for block in _blocks(stream.read):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(1 << 20):
        yield block
