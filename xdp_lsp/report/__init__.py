"""Output formats: siblings over one `Report`, none of which knows where findings come from.

Each of `text`, `json_report`, `sarif` and `github` has `render(report, ...) -> str`.
"""

from xdp_lsp.report.model import Report

__all__ = ["Report"]
