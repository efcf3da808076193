--- The colours of a listing: the server's semantic tokens. Neovim asks for those of buffers that a client is attached
--- to; a listing is none, since nothing of it is to be sent back.
local client = require('xdp_lsp.client')

local M = {}

local namespace = vim.api.nvim_create_namespace('xdp_lsp_colours')

local function modifiers(legend, bits)
  local names = {}
  for number, name in ipairs(legend.tokenModifiers) do
    if bit.band(bits, bit.lshift(1, number - 1)) ~= 0 then
      names[#names + 1] = name
    end
  end
  return names
end

local function paint(one, bufnr, legend, data)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local row, start = 0, 0
  for at = 1, #data, 5 do
    start = data[at] == 0 and start + data[at + 1] or data[at + 1]
    row = row + data[at]
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
    local mark = { end_col = client.byte(one, line, start + data[at + 2]) }
    local groups = { '@lsp.type.' .. legend.tokenTypes[data[at + 3] + 1] }
    for _, name in ipairs(modifiers(legend, data[at + 4])) do
      groups[#groups + 1] = '@lsp.mod.' .. name
    end
    for number, group in ipairs(groups) do
      mark.hl_group, mark.priority = group, (vim.hl or vim.highlight).priorities.semantic_tokens + number - 1
      vim.api.nvim_buf_set_extmark(bufnr, namespace, row, client.byte(one, line, start), mark)
    end
  end
end

--- Colours the listing `uri`, whose text is in `bufnr`.
function M.ask(one, bufnr, uri, source)
  local legend = vim.tbl_get(one.server_capabilities, 'semanticTokensProvider', 'legend')
  if not legend then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  local params = { textDocument = { uri = uri } }
  client.request(one, 'textDocument/semanticTokens/full', params, function(error, answer)
    local is_same = vim.api.nvim_buf_is_valid(bufnr) and vim.api.nvim_buf_get_changedtick(bufnr) == tick
    if not error and answer and is_same then
      paint(one, bufnr, legend, answer.data)
    end
  end, source)
end

return M
