"""Output formats: siblings over one `model.Report`, none of which knows where findings come from.

Each of `text`, `json_report`, `sarif` and `github` has `render(report, ...) -> str`; `page` shows besides what `ide`
knows, put together by `cli.page`. Nothing is imported here, so that `xdp-lsp drivers` need not load the analysis.
"""
