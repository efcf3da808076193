--- Windows for what is shown beside a file.
local M = {}

--- Opens `bufnr` in a window of its own, where `smods` (of a command) say, and by themselves beside the current one.
function M.split(bufnr, smods)
  local mods = vim.tbl_extend('force', {}, smods or {})
  if (mods.split or '') == '' and not mods.vertical and (mods.tab or -1) == -1 then
    mods.split, mods.vertical = 'belowright', vim.o.columns >= 120
  end
  vim.cmd({ cmd = 'sbuffer', args = { tostring(bufnr) }, mods = mods })
  return vim.api.nvim_get_current_win()
end

--- A buffer that nobody writes, with these lines in it; one of that name is used again.
--- @return integer bufnr
function M.scratch(name, lines, filetype)
  local bufnr = M.find(name)
  if not bufnr then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = bufnr, desc = 'close this window' })
  end
  M.fill(bufnr, lines)
  vim.bo[bufnr].filetype = filetype
  return bufnr
end

--- The buffer of exactly that name.
function M.find(name)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(bufnr) == name then
      return bufnr
    end
  end
end

function M.fill(bufnr, lines)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable, vim.bo[bufnr].modified = false, false
end

--- The window of the current tab that shows `bufnr`.
function M.of(bufnr)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.api.nvim_win_get_buf(window) == bufnr then
      return window
    end
  end
end

return M
