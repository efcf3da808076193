"""xdp-lsp: bounds what an XDP program prepends, and says which drivers' headroom that fits.

The packages, top to bottom (imports go down only; import-linter checks it):

    cli > server > ide | report > pipeline > settings > analysis > checks > headroom
        > verifier > program > domains | isa | objfile | toolchain > source
"""

__version__ = "0.1.0"
