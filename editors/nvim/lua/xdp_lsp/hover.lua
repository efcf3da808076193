--- What all servers of a buffer say of the place at the cursor, in one float. Neovim does that itself from 0.11 on;
--- 0.10 shows the answer that came last.
local client = require('xdp_lsp.client')

local M = {}

local METHOD = 'textDocument/hover'

--- For 0.10, where `K` is Neovim's own mapping.
local function show()
  vim.lsp.buf_request_all(0, METHOD, vim.lsp.util.make_position_params(), function(answers)
    local said = {}
    for id, answer in pairs(answers) do
      local contents = answer.result and answer.result.contents
      local lines = contents and vim.lsp.util.convert_input_to_markdown_lines(contents) or {}
      local one = vim.lsp.get_client_by_id(id)
      if #lines > 0 and one then
        said[#said + 1] = { name = one.name, lines = lines }
      end
    end
    if #said == 0 then
      vim.notify('No information available')
      return
    end
    table.sort(said, function(left, right)
      return left.name == client.NAME and right.name ~= client.NAME
    end)
    local text = {}
    for number, one in ipairs(said) do
      if number > 1 then
        vim.list_extend(text, { '---' })
      end
      vim.list_extend(text, #said > 1 and { '# ' .. one.name } or {})
      vim.list_extend(text, one.lines)
    end
    vim.lsp.util.open_floating_preview(text, 'markdown', { focus_id = METHOD })
  end)
end

local function is_mapped(bufnr, callback)
  return vim.iter(vim.api.nvim_buf_get_keymap(bufnr, 'n')):any(function(map)
    return map.lhs == 'K' and map.callback == callback
  end)
end

function M.attach(bufnr)
  if not client.has_methods and is_mapped(bufnr, vim.lsp.buf.hover) then
    vim.keymap.set('n', 'K', show, { buffer = bufnr, desc = 'what all servers say' })
  end
end

--- Neovim takes its own mapping away with the last client.
function M.detach(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) and is_mapped(bufnr, show) then
    vim.keymap.set('n', 'K', vim.lsp.buf.hover, { buffer = bufnr, desc = 'vim.lsp.buf.hover()' })
  end
end

return M
