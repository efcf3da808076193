--- What users call; `:help xdp-lsp` describes it.
local M = {}

--- Takes the options and enables the client: now, and for every buffer to come.
--- @param options? table see |xdp-lsp-options|
function M.setup(options)
  require('xdp_lsp.options').set(options or {})
  M.enable()
end

--- Enables the client as it is configured. With Neovim 0.11 and later it is `vim.lsp.enable('xdp_lsp')`.
function M.enable()
  require('xdp_lsp.attach').enable()
end

--- The state of the current buffer, for a statusline: `fits 22 targets`; empty where there is no XDP program.
--- @return string
function M.status()
  return require('xdp_lsp.status').text(vim.api.nvim_get_current_buf())
end

return M
