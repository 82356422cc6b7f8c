"""Start Verbatim: bring the index over ``corpus/`` up to date, then serve the page."""

from __future__ import annotations

import sys

from rag.cli.options import fail
from rag.cli.start import start
from rag.errors import VerbatimError
from rag.settings import go_offline

if __name__ == "__main__":
    go_offline()
    try:
        start()
    except (VerbatimError, OSError) as error:
        fail(error, verbose="--verbose" in sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
