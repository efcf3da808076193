-- For `vim.lsp.enable('xdp_lsp')`, Neovim 0.11 and later.
return require('xdp_lsp.config').managed()
