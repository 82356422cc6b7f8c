"""The library over a real index: states, adding, reading again, taking out, asking meanwhile."""

import itertools
import threading
import time
from pathlib import Path

import pytest

from rag.collection_set import CollectionSet
from rag.conversation_store import ConversationStore
from rag.conversations import Turn
from rag.engine import Engine
from rag.errors import CollectionError, ConversationError, DocumentError, IndexLockedError
from rag.library import DocumentState, Holding, Library
from rag.settings import Settings
from rag.store.locking import FolderLock

pytestmark = pytest.mark.slow

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("collections") / "index"
    with CollectionSet(Settings.load(environment={}, flags={"index": folder})) as opened:
        yield opened


@pytest.fixture
def engine(collections: CollectionSet, request: pytest.FixtureRequest) -> Engine:
    """An engine over an empty collection of the test's own; the models are shared."""
    return collections.engine(
        collections.create(f"{request.node.originalname[:50]} {next(NUMBERS)}")
    )


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def states(library: Library) -> dict[str, DocumentState]:
    return {Path(item.name).name: item.state for item in library.holdings()}


def test_every_state_is_told_from_the_others(engine: Engine, tmp_path: Path) -> None:
    library = Library(engine)
    for name in ("same.md", "edited.md", "gone.md"):
        write(tmp_path, name, f"# {name}\n\nA kettle is descaled every ninety days.\n")
    (tmp_path / "broken.pdf").write_bytes(b"no pdf")
    report = library.add_folder(tmp_path)
    assert (report.added, len(report.failures)) == (3, 1)
    write(tmp_path, "edited.md", "# edited\n\nEvery sixty days.\n")
    (tmp_path / "gone.md").unlink()
    assert states(library) == {
        "same.md": DocumentState.INDEXED,
        "edited.md": DocumentState.CHANGED,
        "gone.md": DocumentState.MISSING,
        "broken.pdf": DocumentState.FAILED,
    }
    failed = next(item for item in library.holdings() if item.state is DocumentState.FAILED)
    assert "broken.pdf" in failed.reason and not failed.is_indexed

    write(tmp_path, "new.md", "# New\n\nA new file in a known folder.\n")
    report = library.index_again()
    assert (report.added, report.changed, report.removed) == (1, 1, 1)
    assert states(library)["edited.md"] is DocumentState.INDEXED


def test_a_file_that_breaks_keeps_its_last_good_version(engine: Engine, tmp_path: Path) -> None:
    library = Library(engine)
    path = write(tmp_path, "a.md", "# A\n\nThe first version of this file.\n")
    library.add_folder(tmp_path)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    report = library.index_again("a.md")
    assert report.failures
    (holding,) = library.holdings()
    assert holding.state is DocumentState.FAILED and holding.is_indexed and holding.reason
    assert "first version" in engine.reader.document("a.md").text


def test_one_document_is_read_again_though_nothing_changed(engine: Engine, tmp_path: Path) -> None:
    library = Library(engine)
    path = write(tmp_path, "a.md", "# A\n\nSome words that stay as they are.\n")
    library.add_folder(tmp_path)
    assert library.index_again().unchanged == 1
    assert library.index_again("a.md").changed == 1
    path.unlink()
    with pytest.raises(DocumentError, match="gone"):
        library.index_again("a.md")


def test_added_files_are_moved_refused_or_named_apart(engine: Engine, tmp_path: Path) -> None:
    library = Library(engine)
    one = write(tmp_path / "1", "a.md", "# One\n\nThe first of two files.\n")
    two = write(tmp_path / "2", "a.md", "# Two\n\nThe second of two files.\n")
    program = write(tmp_path, "tool.exe", "no document")
    report = library.add_files([one, two, program])
    assert report.added == 2
    assert [(item.path, "not read" in item.reason) for item in report.failures] == [
        ("tool.exe", True)
    ]
    assert {item.name for item in library.holdings()} == {"a.md", "a (2).md"}
    library.remove("a.md")
    assert not (library.uploads / "a.md").exists()
    assert [item.name for item in library.holdings()] == ["a (2).md"]


def test_too_many_and_too_large_files_are_refused_with_the_limits(
    collections: CollectionSet, tmp_path: Path
) -> None:
    settings = Settings.load(environment={}, flags={"index": tmp_path / "i", "max_file_mb": 1})
    library = Library(Engine(settings, collections.engine().models))
    with pytest.raises(DocumentError, match="201 files at once; at most 200"):
        library.add_files([tmp_path / "a.md"] * 201)
    large = write(tmp_path, "large.txt", "words " * 200_000)
    report = library.add_files([large])
    assert "1.1 MiB; at most 1 MiB" in report.failures[0].reason


def test_removing_a_document_leaves_its_file_where_it_was_not_uploaded(
    engine: Engine, tmp_path: Path
) -> None:
    library = Library(engine)
    path = write(tmp_path, "keep.md", "# Keep\n\nThis file belongs to somebody.\n")
    library.add_folder(tmp_path)
    library.remove("keep.md")
    assert path.exists() and library.holdings() == []
    with pytest.raises(DocumentError, match="no document"):
        library.remove("keep.md")


@pytest.mark.parametrize("path", ["relative/folder", "/no/such/folder/anywhere"])
def test_a_folder_is_given_by_a_path_that_exists(engine: Engine, path: str) -> None:
    with pytest.raises(DocumentError):
        Library(engine).add_folder(Path(path))


def test_asking_goes_on_while_documents_are_indexed(engine: Engine, tmp_path: Path) -> None:
    library = Library(engine)
    write(tmp_path / "a", "kettle.md", "# Kettle\n\nA kettle is descaled every ninety days.\n")
    library.add_folder(tmp_path / "a")
    question = "How often is a kettle descaled?"
    assert not engine.ask(question).abstained
    for number in range(100):
        body = " ".join(f"Valve {number} has {n} screws of its own make." for n in range(60))
        write(tmp_path / "b", f"valve-{number:03}.md", f"# Valve {number}\n\n{body}\n")
    write(tmp_path / "b", "zz.md", "# Toaster\n\nA toaster is emptied of crumbs every Friday.\n")
    indexing = threading.Thread(target=library.add_folder, args=(tmp_path / "b",))
    indexing.start()
    answered = 0
    while indexing.is_alive():
        assert not engine.ask(question).abstained
        answered += indexing.is_alive()
        time.sleep(0.01)
    indexing.join()
    assert answered >= 2
    found = engine.search("When is a toaster emptied of crumbs?")
    assert found[0].stored.document == "zz.md"


def test_collections_are_apart_and_share_the_models(
    collections: CollectionSet, tmp_path: Path
) -> None:
    tea = collections.engine(collections.create("tea"))
    coffee = collections.engine(collections.create("咖啡"))
    write(tmp_path / "t", "tea.md", "# Tea\n\nGreen tea is brewed at seventy degrees.\n")
    write(tmp_path / "c", "c.md", "# 咖啡\n\n咖啡用九十二度的水冲泡。\n")
    Library(tea).add_folder(tmp_path / "t")
    Library(coffee).add_folder(tmp_path / "c")
    assert tea.models is coffee.models
    assert tea.llm is coffee.llm and tea.embedder is coffee.embedder
    assert {hit.stored.document for hit in tea.search("tea degrees 咖啡")} == {"tea.md"}
    assert {hit.stored.document for hit in coffee.search("咖啡用多少度的水冲泡")} == {"c.md"}
    with pytest.raises(CollectionError, match="already"):
        collections.create("Tea")
    collections.delete("tea")
    assert "tea" not in collections.names()
    with pytest.raises(CollectionError, match="no collection"):
        collections.engine("tea")
    with pytest.raises(CollectionError, match="cannot be deleted"):
        collections.delete("default")


def test_a_collection_takes_all_it_has_to_its_new_name(
    collections: CollectionSet, tmp_path: Path
) -> None:
    engine = collections.engine(collections.create("leaves"))
    notes = "# Sencha\n\nSencha is brewed at seventy degrees.\n"
    Library(engine).add_files([write(tmp_path / "in", "sencha.md", notes)])
    outside = write(tmp_path / "elsewhere", "oolong.md", "# Oolong\n\nOolong is half oxidised.\n")
    Library(engine).add_folder(outside.parent)
    folder = engine.settings.index
    broken = folder / "uploads" / "broken.pdf"
    broken.write_bytes(b"no pdf at all")
    Library(engine).add_folder(folder / "uploads")
    store = ConversationStore(folder)
    store.keep("c1", Turn("t1", "How hot?"))
    told: list[Engine] = []
    collections.on_let_go(told.append)
    collections.on_let_go(lambda _: store.close_for_good())

    assert collections.rename("leaves", " 绿茶 ") == "绿茶"
    assert told == [engine]
    assert "绿茶" in collections.names()
    assert "leaves" not in collections.names()
    assert not folder.exists()
    renamed = collections.engine("绿茶")
    held = {Path(item.path).name: item for item in Library(renamed).holdings()}
    assert held["sencha.md"].state is DocumentState.INDEXED
    assert held["sencha.md"].is_upload
    assert Path(held["sencha.md"].path).is_relative_to(renamed.settings.index.resolve())
    assert held["oolong.md"].path == outside.resolve().as_posix()
    assert held["broken.pdf"].state is DocumentState.FAILED
    assert held["broken.pdf"].reason.startswith(held["broken.pdf"].path)
    assert "seventy" in renamed.ask("How hot is sencha brewed?").text
    assert Library(renamed).index_again(held["sencha.md"].name).changed == 1
    assert ConversationStore(renamed.settings.index).read("c1") is not None
    with pytest.raises(ConversationError, match="renamed or deleted"):
        store.keep("c1", Turn("t2", "And now?"))
    assert not folder.exists()


def test_a_collection_is_not_renamed_where_that_would_harm(
    collections: CollectionSet, tmp_path: Path
) -> None:
    folder = collections.engine(collections.create("milk")).settings.index
    collections.create("water")
    before = collections.names()
    for name, wanted, why in [
        ("default", "x", "while it is open"),
        ("milk", "Water", "'water' already"),
        ("milk", "default", "already"),
        ("milk", "../x", "cannot be the name"),
        ("juice", "x", "no collection"),
    ]:
        with pytest.raises(CollectionError, match=why):
            collections.rename(name, wanted)
    lock = FolderLock(folder)
    lock.acquire()
    with pytest.raises(IndexLockedError):
        collections.rename("milk", "oat milk")
    lock.release()
    assert collections.names() == before
    assert collections.rename("milk", "Milk") == "Milk"
    assert {*collections.names()} == {*before} - {"milk"} | {"Milk"}


def test_other_settings_hold_from_the_next_question_on(
    collections: CollectionSet, engine: Engine, tmp_path: Path
) -> None:
    from dataclasses import replace

    write(tmp_path, "kettle.md", "# Kettle\n\nA kettle is descaled every ninety days.\n")
    Library(engine).add_folder(tmp_path)
    before, llm = collections.settings, engine.llm
    collections.adopt(replace(before, min_confidence=1.0))
    assert engine.ask("How often is a kettle descaled?").abstained
    assert engine.llm is llm
    collections.adopt(replace(before, context_tokens=1024))
    assert engine.llm is not llm and engine.llm.context_tokens == 1024
    collections.adopt(before)
    assert not engine.ask("How often is a kettle descaled?").abstained
    assert engine.settings.index.name.startswith("test_other")
    assert isinstance(Library(engine).holdings()[0], Holding)
