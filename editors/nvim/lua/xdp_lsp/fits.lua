--- The program at the cursor against each target, in a float.
local client = require('xdp_lsp.client')

local M = {}

local MARKS = { fits = ' ', exceeds = '!', unknown = '?' }

--- The lines, in columns, and the column (from 0) of the details.
local function lines_of(answer)
  local names, texts = 0, 0
  for _, target in ipairs(answer.targets) do
    names = math.max(names, vim.fn.strdisplaywidth(target.name))
    texts = math.max(texts, vim.fn.strdisplaywidth(target.text))
  end
  local lines = { answer.title, '' }
  for _, target in ipairs(answer.targets) do
    local row = { MARKS[target.state] or '?', target.name, (' '):rep(names - vim.fn.strdisplaywidth(target.name)) }
    local line = table.concat(row, ' ') .. target.text
    local gap = (' '):rep(texts - vim.fn.strdisplaywidth(target.text) + 2)
    lines[#lines + 1] = target.detail and target.detail ~= '' and line .. gap .. target.detail or line
  end
  return lines, names + texts + 5
end

--- @param one table our client of the current buffer
function M.show(one)
  local bufnr = vim.api.nvim_get_current_buf()
  local params = { textDocument = vim.lsp.util.make_text_document_params(bufnr), position = client.cursor(one, 0) }
  client.request(one, 'xdp-lsp/fits', params, function(error, answer)
    if error then
      client.failed(error)
    elseif not answer then
      client.warn('there is no XDP program at the cursor')
    else
      local lines, details = lines_of(answer)
      local look = { focus_id = 'xdp-lsp/fits', border = 'rounded' }
      local _, window = vim.lsp.util.open_floating_preview(lines, 'text', look)
      -- What is too long for the screen goes on in its column.
      vim.wo[window][0].breakindent = true
      vim.wo[window][0].breakindentopt = 'column:' .. details
    end
  end, bufnr)
end

return M
