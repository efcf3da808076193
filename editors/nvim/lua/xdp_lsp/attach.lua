--- Which buffers get our client, and what is done with one that has it.
local client = require('xdp_lsp.client')
local duplicates = require('xdp_lsp.duplicates')
local encoding = require('xdp_lsp.encoding')
local hints = require('xdp_lsp.hints')
local hover = require('xdp_lsp.hover')
local lenses = require('xdp_lsp.lenses')
local options = require('xdp_lsp.options')
local project = require('xdp_lsp.project')
local server = require('xdp_lsp.server')
local status = require('xdp_lsp.status')

local M = {}

local group = vim.api.nvim_create_augroup('xdp_lsp', {})
local is_managed = vim.fn.has('nvim-0.11') == 1

function M.reuse(one, config)
  return one.name == config.name and one.config.root_dir == config.root_dir and not client.is_stopped(one)
end

local function configuration(root)
  local config = is_managed and vim.deepcopy(vim.lsp.config[client.NAME]) or require('xdp_lsp.config').shared()
  config.root_dir = root
  return config
end

--- A buffer that is of no interest may become so: it is looked at again when it is written.
local function watch(bufnr)
  if not project.is_source(bufnr) then
    return
  end
  vim.api.nvim_clear_autocmds({ group = group, event = 'BufWritePost', buffer = bufnr })
  vim.api.nvim_create_autocmd('BufWritePost', {
    group = group,
    buffer = bufnr,
    callback = function()
      return M.attach(bufnr)
    end,
  })
end

--- Whether the buffer is to have a client and there is a server to start.
local function wants(bufnr)
  local is_wanted, root = project.root(bufnr)
  if not is_wanted then
    watch(bufnr)
    return false
  end
  return server.is_there(), root
end

--- Gives the buffer our client, where it is to have one; whether it is.
--- @param bufnr integer
--- @return boolean
function M.attach(bufnr)
  local is_wanted, root = wants(bufnr)
  if is_wanted then
    vim.lsp.start(configuration(root), { bufnr = bufnr, reuse_client = M.reuse })
  end
  return is_wanted
end

--- The same for every loaded buffer.
function M.all()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      M.attach(bufnr)
    end
  end
end

--- Gives our client to a buffer of which the user says that it is a verifier log.
function M.verifier_log(bufnr)
  if vim.api.nvim_buf_get_name(bufnr) == '' then
    client.warn('this buffer has no name; give it one first, such as :file verifier.log')
    return
  end
  project.set_log(bufnr)
  M.attach(bufnr)
  -- Neovim takes clients from a buffer that is read again and whose type is not theirs.
  vim.api.nvim_clear_autocmds({ group = group, event = 'BufReadPost', buffer = bufnr })
  vim.api.nvim_create_autocmd('BufReadPost', {
    group = group,
    buffer = bufnr,
    callback = function()
      M.attach(bufnr)
    end,
  })
end

--- For `vim.lsp.config`: calls `on_dir` where the buffer is to have our client.
function M.root_dir(bufnr, on_dir)
  local is_wanted, root = wants(bufnr)
  if is_wanted then
    on_dir(root)
  end
end

--- The headers that were open before the first source of their folder.
local function attach_headers(one)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and not one.attached_buffers[bufnr] then
      local is_wanted, root = project.root(bufnr)
      if is_wanted and root == one.config.root_dir then
        vim.lsp.buf_attach_client(bufnr, one.id)
      end
    end
  end
end

local function on_attach(event)
  local one = vim.lsp.get_client_by_id(event.data.client_id)
  if not one then
    return
  end
  if one.name ~= client.NAME then
    encoding.agree(event.buf)
    return
  end
  vim.api.nvim_clear_autocmds({ group = group, event = 'BufWritePost', buffer = event.buf })
  hints.attach(one, event.buf)
  lenses.attach(one, event.buf)
  hover.attach(event.buf)
  vim.schedule(function()
    encoding.agree(event.buf)
    attach_headers(one)
  end)
end

local function on_detach(event)
  local one = vim.lsp.get_client_by_id(event.data.client_id)
  if one and one.name == client.NAME then
    hints.detach(event.buf)
    lenses.detach(event.buf)
    hover.detach(event.buf)
    duplicates.detach(event.buf)
    status.detach(event.buf)
  end
end

--- Where what `vim.lsp.config` names is not there, Neovim asks for no folder, and only logs it.
local function tell_what_is_missing()
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = project.FILETYPES,
    callback = function(event)
      wants(event.buf)
    end,
  })
  -- This may be the first such event.
  vim.schedule(function()
    vim.tbl_map(wants, vim.tbl_filter(vim.api.nvim_buf_is_loaded, vim.api.nvim_list_bufs()))
  end)
end

--- Follows what becomes of clients.
function M.listen()
  vim.api.nvim_clear_autocmds({ group = group, event = { 'FileType', 'LspAttach', 'LspDetach', 'DiagnosticChanged' } })
  vim.api.nvim_create_autocmd('LspAttach', { group = group, callback = on_attach })
  vim.api.nvim_create_autocmd('LspDetach', { group = group, callback = on_detach })
  vim.api.nvim_create_autocmd('DiagnosticChanged', { group = group, callback = duplicates.on_change })
  if is_managed then
    tell_what_is_missing()
  end
end

--- Gives our client to every buffer that is to have it, now and from now on. Servers that run are told the settings.
function M.enable()
  if is_managed then
    vim.lsp.enable(client.NAME)
    client.configure(configuration().settings)
    return
  end
  M.listen()
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = project.FILETYPES,
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  M.all()
  client.configure(options.settings())
end

return M
