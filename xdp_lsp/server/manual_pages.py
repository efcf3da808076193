"""The manual pages of the codes as files, so that the link behind a code in the editor leads somewhere.

They are written to the user's cache when a code is first shown: the project has no public site to link to.
"""

from __future__ import annotations

import logging
import tempfile
from functools import cache
from pathlib import Path

from xdp_lsp import __version__
from xdp_lsp.checks import CODES, manual
from xdp_lsp.server.uris import uri_of
from xdp_lsp.toolchain.helper_defs import user_cache

_log = logging.getLogger(__name__)


@cache
def page_uri(code: str) -> str | None:
    """The URI of the page of `code`; None where there is no such code, or no place to write to."""
    if code not in CODES:
        return None
    try:
        folder = user_cache() / "manual" / __version__
        path = folder / f"{code}.md"
        text = manual(code).markdown().encode()
        if not path.is_file() or path.read_bytes() != text:
            folder.mkdir(parents=True, exist_ok=True)
            # Another server may write the same page just now.
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as stream:
                stream.write(text)
            Path(stream.name).replace(path)
        return uri_of(str(path.absolute()))
    except OSError as error:
        _log.warning("The manual page of %s cannot be written: %s", code, error)
        return None
