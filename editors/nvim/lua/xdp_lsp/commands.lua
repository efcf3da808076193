--- What the commands do.
local attach = require('xdp_lsp.attach')
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')
local server = require('xdp_lsp.server')
local windows = require('xdp_lsp.windows')

local M = {}

function M.bytecode(smods)
  local one = client.here()
  if one then
    require('xdp_lsp.bytecode').show(one, smods)
  end
end

function M.targets(specs, is_reset)
  local one = client.here()
  if one and is_reset then
    require('xdp_lsp.targets').configured(one)
  elseif one then
    require('xdp_lsp.targets').choose(one, specs)
  end
end

function M.configuration(name)
  local one = client.here()
  if one then
    require('xdp_lsp.configurations').choose(one, name)
  end
end

function M.fits()
  local one = client.here()
  if one then
    require('xdp_lsp.fits').show(one)
  end
end

function M.explain(code, smods)
  local one = client.here()
  if one then
    require('xdp_lsp.manual').show(one, code, smods)
  end
end

--- Of the current file, where that is C.
function M.doctor(smods)
  if options.values.restricted then
    client.warn('the doctor reads files of the folder, which the option restricted rules out')
    return
  end
  local bufnr = vim.b.xdp_lsp_source or vim.api.nvim_get_current_buf()
  local is_c = vim.bo[bufnr].filetype == 'c' and vim.bo[bufnr].buftype == ''
  server.doctor(bufnr, is_c and vim.api.nvim_buf_get_name(bufnr) or nil, function(lines)
    local shown = windows.scratch('xdp-lsp://doctor', lines, 'text')
    local window = windows.of(shown)
    if window then
      vim.api.nvim_set_current_win(window)
    else
      windows.split(shown, smods)
    end
  end)
end

function M.verifier_log()
  attach.verifier_log(vim.api.nvim_get_current_buf())
end

--- The server's own words are in it, with everything else that Neovim's clients log.
function M.log(smods)
  local path = vim.lsp.log.get_filename()
  if vim.fn.filereadable(path) == 0 then
    client.warn('nothing was logged')
    return
  end
  vim.cmd({ cmd = 'sview', args = { vim.fn.fnameescape(path) }, mods = smods })
  vim.cmd('normal! G')
end

function M.restart()
  server.forgive()
  local running = client.started()
  for _, one in ipairs(running) do
    server.restart(one)
  end
  if #running == 0 then
    attach.all()
  end
end

return M
