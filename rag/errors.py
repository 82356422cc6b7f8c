"""Every error the program raises on purpose.

    VerbatimError                  something failed that the user can act on
    ├── SettingsError              a setting has a value it cannot have
    ├── CollectionError            there is no such collection, or it cannot be made or deleted
    ├── QuestionError              the question cannot be answered as asked (empty, too long)
    ├── DocumentError              a file could not be read as a document
    │   └── UnsupportedFormatError the file's format has no reader
    ├── IndexUnusableError         the index is missing, broken or in use
    │   ├── IndexMissingError      there is no index at the given place
    │   ├── IndexCorruptError      the index's files are damaged
    │   └── IndexLockedError       another process is writing to the index
    ├── ConversationError          the kept conversations or ratings cannot be read or written
    ├── ModelError                 a model cannot be used
    │   ├── UnknownModelError      no model of that name
    │   ├── ModelMissingError      known, but not on this machine
    │   ├── ModelLoadError         on this machine, but it does not load
    │   └── DownloadError          the download failed
    └── MachineError               the machine lacks something (memory, disk)

A message says what failed, on what, and what to do; it fits on a line. ``exit_code`` is the
process's exit status when the error ends a command.
"""

from __future__ import annotations

from typing import ClassVar


class VerbatimError(Exception):
    """Base of all errors worded for the user."""

    exit_code: ClassVar[int] = 1


class SettingsError(VerbatimError):
    """A setting has a value it cannot have."""

    exit_code = 2


class CollectionError(VerbatimError):
    """There is no such collection, or it cannot be made or deleted."""

    exit_code = 2


class QuestionError(VerbatimError):
    """The question cannot be answered as asked."""

    exit_code = 2


class DocumentError(VerbatimError):
    """A file could not be read as a document."""


class UnsupportedFormatError(DocumentError):
    """The file's format has no reader."""


class IndexUnusableError(VerbatimError):
    """The index is missing, broken or in use."""


class IndexMissingError(IndexUnusableError):
    """There is no index at the given place."""


class IndexCorruptError(IndexUnusableError):
    """The index's files are damaged beyond what can be rebuilt."""


class IndexLockedError(IndexUnusableError):
    """Another process is writing to the index."""


class ConversationError(VerbatimError):
    """The kept conversations or ratings cannot be read or written."""


class ModelError(VerbatimError):
    """A model cannot be used."""


class UnknownModelError(ModelError):
    """No model of that name is known."""

    exit_code = 2


class ModelMissingError(ModelError):
    """The model is known, but not on this machine."""


class ModelLoadError(ModelError):
    """The model's files are here, but they do not load."""


class DownloadError(ModelError):
    """A model could not be downloaded."""


class MachineError(VerbatimError):
    """The machine lacks something: memory or disk space."""


def first_line(error: Exception) -> str:
    """Return the first line of what a library says of its error, or the error's name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
