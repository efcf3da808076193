--- Lenses, shown by Neovim: from 0.12 on they are switched on, before that they have to be asked for.
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')

local M = {}

local METHOD = 'textDocument/codeLens'
local group = vim.api.nvim_create_augroup('xdp_lsp_lenses', {})
local can_be_enabled = vim.lsp.codelens.enable ~= nil

-- Not `vim.lsp.codelens.refresh()`, which does nothing while an earlier request is under way.
local function ask(one, bufnr)
  local params = { textDocument = vim.lsp.util.make_text_document_params(bufnr) }
  client.request(one, METHOD, params, vim.lsp.codelens.on_codelens, bufnr)
end

M.handlers = can_be_enabled and {}
  or {
    ['workspace/codeLens/refresh'] = function(_, _, context)
      local one = vim.lsp.get_client_by_id(context.client_id)
      for bufnr in pairs(one and options.values.code_lens and one.attached_buffers or {}) do
        ask(one, bufnr)
      end
      return vim.NIL
    end,
  }

function M.attach(one, bufnr)
  if not options.values.code_lens then
    return
  end
  if can_be_enabled then
    vim.lsp.codelens.enable(true, { bufnr = bufnr })
    return
  end
  M.detach(bufnr)
  vim.api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      ask(one, bufnr)
    end,
  })
  ask(one, bufnr)
end

function M.detach(bufnr)
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
end

return M
