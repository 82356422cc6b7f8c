"""Verbatim: offline question answering in which every sentence leads to its source's characters.

``rag.engine.Engine`` is the way in for programs, ``python -m rag`` for people.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
