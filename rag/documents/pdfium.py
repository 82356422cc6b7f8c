"""One thread at a time in PDFium, which is not made for more."""

from __future__ import annotations

import threading

# Held for a page's worth of work, so that a page is shown while a long file is being read.
PDFIUM = threading.RLock()
