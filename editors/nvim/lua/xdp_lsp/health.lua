--- `:checkhealth xdp_lsp`.
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')
local project = require('xdp_lsp.project')
local server = require('xdp_lsp.server')

local M = {}

local LIMIT = 20000 -- milliseconds that the doctor may take
local health = vim.health

local function neovim()
  health.start('Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok(version)
  else
    health.error(version .. ' is too old', 'Neovim 0.10 or later is needed.')
  end
end

--- @return string? program
local function program()
  health.start('Server')
  local command, reason = server.command()
  if not command then
    health.error('There is no server: ' .. reason, 'Type: ' .. server.remedy())
    return
  end
  health.ok(('`%s` (%s)'):format(table.concat(command, ' '), reason))
end

--- What `xdp-lsp doctor` says, of the file that the user looks at.
local function doctor(bufnr)
  if options.values.restricted then
    health.info('`xdp-lsp doctor` is not run: it reads files of the folder, which the option restricted rules out.')
    return
  end
  local said, code
  local file = bufnr and vim.api.nvim_buf_get_name(bufnr)
  server.doctor(bufnr or vim.api.nvim_get_current_buf(), file, function(lines, status)
    said, code = lines, status
  end)
  vim.wait(LIMIT, function()
    return said ~= nil
  end)
  if not said then
    health.error('`xdp-lsp doctor` does not end.')
  elseif code == 0 then
    health.ok('`xdp-lsp doctor`:\n' .. table.concat(said, '\n'))
  else
    health.error('`xdp-lsp doctor` finds something amiss:\n' .. table.concat(said, '\n'))
  end
end

local function buffer(bufnr)
  health.start('Buffer ' .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~'))
  local one = client.of(bufnr)
  if not one then
    if not project.is_source(bufnr) then
      health.info('It is no C file: the server does not look at it.')
    elseif not project.root(bufnr) then
      health.info('There is no SEC("xdp in it, and no .xdp-lsp.toml above it: the server does not look at it.')
    else
      health.warn('No client is attached.', {
        "Neovim 0.11 and later: vim.lsp.enable('xdp_lsp')",
        "Neovim 0.10: require('xdp_lsp').setup()",
      })
    end
    return
  end
  local version = vim.tbl_get(one, 'server_info', 'version') -- from 0.11 on
  health.ok(('The client is attached%s; folder: %s'):format(
    version and ', server ' .. version or '',
    one.config.root_dir or 'none'
  ))
  if vim.tbl_get(one.config, 'init_options', 'restricted') then
    health.info('As the option restricted says, nothing of this folder is used but the texts that are open.')
  end
  health.ok('Positions are counted in ' .. one.offset_encoding)
  for _, other in ipairs(vim.lsp.get_clients({ bufnr = bufnr })) do
    if other.id ~= one.id and other.offset_encoding == one.offset_encoding then
      health.ok(('Beside it: %s, which counts in %s too'):format(other.name, other.offset_encoding))
    elseif other.id ~= one.id then
      health.warn(('Beside it: %s, which counts in %s'):format(other.name, other.offset_encoding), ':XdpRestart')
    end
  end
end

--- The last C buffer that was looked at: the report has a buffer of its own.
local function looked_at()
  local newest, when = nil, -1
  for _, info in ipairs(vim.fn.getbufinfo({ bufloaded = 1 })) do
    if project.is_source(info.bufnr) and info.lastused >= when then
      newest, when = info.bufnr, info.lastused
    end
  end
  return newest
end

function M.check()
  neovim()
  program()
  local bufnr = looked_at()
  if server.command() then
    doctor(bufnr)
  end
  if bufnr then
    buffer(bufnr)
  else
    health.start('Buffer')
    health.info('No C file is open.')
  end
end

return M
