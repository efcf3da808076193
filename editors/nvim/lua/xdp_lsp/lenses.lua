--- Lenses, shown by Neovim: from 0.12 on they are switched on, before that they have to be asked for.
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')
local renew = require('xdp_lsp.renew')

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
      return options.values.code_lens and renew.everywhere(ask, context) or vim.NIL
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
  renew.follow(group, bufnr, function()
    ask(one, bufnr)
  end)
end

function M.detach(bufnr)
  renew.stop(group, bufnr)
end

return M
