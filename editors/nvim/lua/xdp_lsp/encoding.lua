--- How positions in a line are counted. Neovim's own requests count in one way for all clients of a buffer (0.10 warns
--- of more than one), so ours counts as the others do, clangd above all.
local client = require('xdp_lsp.client')

local M = {}

local function is_beside(one, bufnr)
  if one.name == client.NAME or client.is_stopped(one) then
    return false
  end
  if bufnr then
    return one.attached_buffers[bufnr] ~= nil
  end
  if vim.tbl_contains(one.config.filetypes or {}, 'c') then
    return true
  end
  for attached in pairs(one.attached_buffers) do
    if vim.api.nvim_buf_is_valid(attached) and vim.bo[attached].filetype == 'c' then
      return true
    end
  end
  return one.name == 'clangd'
end

--- What a client counts in; before it was answered, what it asked for first.
local function of(one)
  if one.initialized then
    return one.offset_encoding
  end
  local asked = one.config.capabilities or {}
  -- clangd's own capability, which wins there, is older than the protocol's.
  local own, general = asked.offsetEncoding, vim.tbl_get(asked, 'general', 'positionEncodings')
  own = type(own) == 'string' and { own } or own
  return own and own[1] or general and general[1]
end

local function wanted(bufnr)
  for _, one in ipairs(vim.lsp.get_clients({ _uninitialized = bufnr == nil or nil })) do
    local found = is_beside(one, bufnr) and of(one)
    if found then
      return found
    end
  end
end

function M.before_init(params)
  local encoding = wanted()
  if encoding then
    params.capabilities.general.positionEncodings = { encoding }
  end
end

--- Starts our client of a buffer anew where another one, that came later, counts otherwise.
function M.agree(bufnr)
  local ours = client.of(bufnr)
  local theirs = ours and wanted(bufnr)
  if theirs and theirs ~= ours.offset_encoding then
    require('xdp_lsp.server').restart(ours)
  end
end

return M
