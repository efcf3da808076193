--- The configuration of the client: the same for `vim.lsp.config` and for `vim.lsp.start`.
local bytecode = require('xdp_lsp.bytecode')
local client = require('xdp_lsp.client')
local configurations = require('xdp_lsp.configurations')
local duplicates = require('xdp_lsp.duplicates')
local encoding = require('xdp_lsp.encoding')
local hints = require('xdp_lsp.hints')
local lenses = require('xdp_lsp.lenses')
local options = require('xdp_lsp.options')
local project = require('xdp_lsp.project')
local server = require('xdp_lsp.server')
local status = require('xdp_lsp.status')
local targets = require('xdp_lsp.targets')

local M = {}

local function capabilities()
  local made = vim.lsp.protocol.make_client_capabilities()
  made.workspace.codeLens = { refreshSupport = true }
  made.experimental = { [client.SECTION] = { status = true } }
  return made
end

--- Without what says where it is used.
--- @return table
function M.shared()
  return {
    name = client.NAME,
    cmd = server.start,
    settings = options.settings(),
    init_options = options.values.restricted and { restricted = true } or nil,
    get_language_id = function(bufnr, filetype)
      return project.is_log(bufnr) and 'verifierlog' or filetype
    end,
    capabilities = capabilities(),
    before_init = encoding.before_init,
    on_exit = server.on_exit,
    handlers = vim.tbl_extend('error', hints.handlers, lenses.handlers, {
      ['textDocument/publishDiagnostics'] = duplicates.on_publish,
      ['xdp-lsp/status'] = status.on_status,
      ['xdp-lsp/bytecodeChanged'] = bytecode.on_changed,
    }),
    commands = {
      ['xdp-lsp.showBytecode'] = bytecode.on_command,
      ['xdp-lsp.chooseTargets'] = targets.on_command,
      ['xdp-lsp.chooseConfiguration'] = configurations.on_command,
    },
  }
end

--- For `lsp/xdp_lsp.lua`.
--- @return table
function M.managed()
  local attach = require('xdp_lsp.attach')
  attach.listen()
  return vim.tbl_extend('error', M.shared(), {
    filetypes = project.FILETYPES,
    root_dir = attach.root_dir,
    reuse_client = attach.reuse,
  })
end

return M
