--- What the user chose of this plugin's options.
local client = require('xdp_lsp.client')

local M = {}

--- @class xdp_lsp.Options
--- @field cmd? string[] how the server is started; by itself it is looked for
--- @field settings table<string, any> the server's settings; what is not in it is the server's affair
--- @field inlay_hints boolean
--- @field code_lens boolean
--- @field duplicate_errors boolean whether clang's errors are shown where clangd shows one on the same line
--- @field restricted boolean whether nothing of a folder is used but the texts that are open
local defaults = {
  settings = {},
  inlay_hints = true,
  code_lens = true,
  duplicate_errors = false,
  restricted = false,
}

local kinds = {
  cmd = 'table',
  settings = 'table',
  inlay_hints = 'boolean',
  code_lens = 'boolean',
  duplicate_errors = 'boolean',
  restricted = 'boolean',
}

--- @type xdp_lsp.Options
M.values = vim.deepcopy(defaults)

local function complain(message)
  vim.notify('xdp-lsp: ' .. message, vim.log.levels.ERROR)
end

--- Takes over what is right of `given`, and says what is not.
--- @param given table
function M.set(given)
  local values = vim.deepcopy(defaults)
  for name, value in pairs(given) do
    if name == 'cmd' and type(value) == 'string' then
      value = { value, 'serve' }
    end
    if not kinds[name] then
      local known = vim.tbl_keys(kinds)
      table.sort(known)
      complain(('there is no option %s; there are %s'):format(name, table.concat(known, ', ')))
    elseif type(value) ~= kinds[name] then
      complain(('the option %s is a %s, not a %s'):format(name, kinds[name], type(value)))
    else
      values[name] = vim.deepcopy(value)
    end
  end
  M.values = values
end

--- As the server asks for them. Those given by `vim.lsp.config` are Neovim's to add.
--- @return table
function M.settings()
  local settings = M.values.settings
  if settings[client.SECTION] == nil and next(settings) ~= nil then
    settings = { [client.SECTION] = settings }
  end
  return settings
end

return M
