"""The manual pages of the codes as files, so that the link behind a code in the editor leads somewhere.

They are written to the user's cache when a code is first shown: the project has no public site to link to.
"""

from __future__ import annotations

import logging
from functools import cache

from xdp_lsp import __version__
from xdp_lsp.checks.registry import CODES, manual
from xdp_lsp.server.cache_files import write_cached
from xdp_lsp.server.uris import uri_of

_log = logging.getLogger(__name__)


@cache
def page_uri(code: str) -> str | None:
    """The URI of the page of `code`; None where there is no such code, or no place to write to."""
    if code not in CODES:
        return None
    try:
        path = write_cached(("manual", __version__), f"{code}.md", manual(code).markdown())
        return uri_of(str(path))
    except OSError as error:
        _log.warning("The manual page of %s cannot be written: %s", code, error)
        return None
