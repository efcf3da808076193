--- What the server says of each buffer, for a statusline.
local M = {}

--- @type table<integer, table> by buffer
local known = {}

--- The handler of `xdp-lsp/status`. Whoever draws a statusline hears of it as `User XdpLspStatus`.
function M.on_status(_, params)
  local bufnr = vim.uri_to_bufnr(params.uri)
  known[bufnr] = params
  vim.api.nvim_exec_autocmds('User', { pattern = 'XdpLspStatus', modeline = false, data = { buf = bufnr } })
  vim.cmd.redrawstatus({ bang = true })
end

--- All that was said of a buffer: `state`, `text`, `targets`, `detail`; nil where nothing was.
function M.of(bufnr)
  return known[bufnr]
end

--- @param bufnr integer
--- @return string
function M.text(bufnr)
  local said = known[bufnr]
  return said and said.state ~= 'none' and said.text or ''
end

function M.detach(bufnr)
  known[bufnr] = nil
end

return M
