--- clang's words on the BPF build, hidden on lines where clangd says as much.
local options = require('xdp_lsp.options')

local M = {}

local METHOD = 'textDocument/publishDiagnostics'
local CLANG = 'clang'

--- @class xdp_lsp.Published what the server said last of a buffer
--- @field result table
--- @field context table
--- @field tick integer the text that it stands in: nothing is known of later ones
--- @field hidden string the rows of what is not shown

--- @type table<integer, xdp_lsp.Published>
local published = {}

--- The worst severity that others show, by row.
local function said_by_others(bufnr, client_id)
  local ours = vim.lsp.diagnostic.get_namespace(client_id)
  local rows = {}
  for _, one in ipairs(vim.diagnostic.get(bufnr)) do
    if one.namespace ~= ours and one.source == CLANG then
      rows[one.lnum] = math.min(rows[one.lnum] or one.severity, one.severity)
    end
  end
  return rows
end

local function show(bufnr, again)
  local last = published[bufnr]
  local theirs = options.values.duplicate_errors and {} or said_by_others(bufnr, last.context.client_id)
  local shown, hidden = {}, {}
  for _, one in ipairs(last.result.diagnostics) do
    local row = one.range.start.line
    if one.source == CLANG and theirs[row] and theirs[row] <= one.severity then
      hidden[#hidden + 1] = row
    else
      shown[#shown + 1] = one
    end
  end
  local now = table.concat(hidden, ' ')
  if again and now == last.hidden then
    return
  end
  last.hidden = now
  local result = vim.tbl_extend('force', last.result, { diagnostics = shown })
  vim.lsp.handlers[METHOD](nil, result, last.context)
end

--- The handler of `textDocument/publishDiagnostics`.
function M.on_publish(_, result, context)
  if #result.diagnostics == 0 and vim.fn.bufexists(vim.uri_to_fname(result.uri)) == 0 then
    return -- a header that nobody has opened
  end
  local bufnr = vim.uri_to_bufnr(result.uri)
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  published[bufnr] = { result = result, context = context, tick = tick, hidden = '' }
  show(bufnr, false)
end

--- The autocommand for `DiagnosticChanged`: others may have come later, or gone.
function M.on_change(event)
  local last = published[event.buf]
  if
    last
    and vim.lsp.get_client_by_id(last.context.client_id)
    and last.tick == vim.api.nvim_buf_get_changedtick(event.buf)
  then
    show(event.buf, true)
  end
end

function M.detach(bufnr)
  published[bufnr] = nil
end

return M
