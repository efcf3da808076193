--- Which buffers the server is to see. Other C buffers cost a look at their text.
local client = require('xdp_lsp.client')

local M = {}

M.FILETYPES = { 'c', 'cpp' }
local CONFIG = '.xdp-lsp.toml'
local ROOT_MARKERS = { 'compile_commands.json', '.git' }

local function is_header(name)
  return name:find('%.h$') ~= nil
end

--- A section whose name begins with `xdp`, loaded by itself or not (`?`), and what headers of such programs name.
local MARKS = { 'SEC%s*%(%s*"%??xdp', 'struct%s+xdp_md', 'bpf_xdp_adjust_' }

local function is_of_xdp(bufnr)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    for _, mark in ipairs(MARKS) do
      if line:find(mark) then
        return true
      end
    end
  end
  return false
end

local function is_running_in(root)
  for _, one in ipairs(client.started()) do
    if one.config.root_dir == root and not client.is_stopped(one) then
      return true
    end
  end
  return false
end

--- Whether the buffer holds C at all, in a file.
function M.is_source(bufnr)
  if vim.bo[bufnr].buftype ~= '' then
    return false
  end
  local name, filetype = vim.api.nvim_buf_get_name(bufnr), vim.bo[bufnr].filetype
  -- Headers are taken for C++ unless `g:c_syntax_for_h` says otherwise.
  return name ~= '' and (filetype == 'c' or (filetype == 'cpp' and is_header(name)))
end

--- Notes that the buffer is a verifier log: nothing else tells.
function M.set_log(bufnr)
  vim.b[bufnr].xdp_lsp_verifier_log = true
end

function M.is_log(bufnr)
  return vim.b[bufnr].xdp_lsp_verifier_log == true
end

--- Whether the server is to see the buffer, and the folder that it belongs to, nil where nothing marks one.
--- @param bufnr integer
--- @return boolean is_wanted
--- @return string? root
function M.root(bufnr)
  if not M.is_source(bufnr) and not M.is_log(bufnr) then
    return false
  end
  local configured = vim.fs.root(bufnr, CONFIG)
  local root = configured or vim.fs.root(bufnr, ROOT_MARKERS)
  if configured or M.is_log(bufnr) then
    return true, root
  end
  -- A header shows what is found in it by way of the sources that include it.
  local is_wanted = is_of_xdp(bufnr) or (is_header(vim.api.nvim_buf_get_name(bufnr)) and is_running_in(root))
  return is_wanted, root
end

return M
