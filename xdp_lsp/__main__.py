"""`python -m xdp_lsp`: the same as the `xdp-lsp` command."""

from xdp_lsp.cli import main

raise SystemExit(main())
