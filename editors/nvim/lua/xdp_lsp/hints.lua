--- Inlay hints, drawn here. Neovim switches hints on for a buffer as a whole, which would bring clangd's along; and
--- 0.10 draws the hints of a text once, so that those of an analysis that ends later are not seen.
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')
local renew = require('xdp_lsp.renew')

local M = {}

local METHOD = 'textDocument/inlayHint'
local namespace = vim.api.nvim_create_namespace('xdp_lsp_hints')
local group = vim.api.nvim_create_augroup('xdp_lsp_hints', {})

local function label(hint)
  if type(hint.label) == 'string' then
    return hint.label
  end
  return table.concat(vim.tbl_map(function(part)
    return part.value
  end, hint.label))
end

local function draw(error, hints, context)
  local bufnr = context.bufnr
  local one = vim.lsp.get_client_by_id(context.client_id)
  if error or not one or not vim.api.nvim_buf_is_loaded(bufnr) then
    return
  end
  if context.version and context.version ~= vim.lsp.util.buf_versions[bufnr] then
    return -- they are asked for again
  end
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for _, hint in ipairs(hints or {}) do
    local row = hint.position.line
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1]
    if line then
      local text = (hint.paddingLeft and ' ' or '') .. label(hint) .. (hint.paddingRight and ' ' or '')
      vim.api.nvim_buf_set_extmark(bufnr, namespace, row, client.byte(one, line, hint.position.character), {
        virt_text = { { text, 'LspInlayHint' } },
        virt_text_pos = 'inline',
      })
    end
  end
end

local function ask(one, bufnr)
  client.request(one, METHOD, {
    textDocument = vim.lsp.util.make_text_document_params(bufnr),
    range = {
      start = { line = 0, character = 0 },
      ['end'] = { line = vim.api.nvim_buf_line_count(bufnr), character = 0 },
    },
  }, nil, bufnr)
end

--- Neovim's own requests are answered here too, so that it does not draw them a second time.
M.handlers = {
  [METHOD] = function(...)
    if options.values.inlay_hints then
      return draw(...)
    end
    return vim.lsp.handlers[METHOD](...)
  end,
  ['workspace/inlayHint/refresh'] = function(error, result, context)
    if not options.values.inlay_hints then
      return vim.lsp.handlers['workspace/inlayHint/refresh'](error, result, context)
    end
    return renew.everywhere(ask, context)
  end,
}

function M.attach(one, bufnr)
  if not options.values.inlay_hints then
    return
  end
  renew.follow(group, bufnr, function()
    ask(one, bufnr)
  end)
end

function M.detach(bufnr)
  renew.stop(group, bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
end

return M
