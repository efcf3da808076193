--- Runs the checks of a script inside the editor, in their order, and says what came of each: `ok NAME`, or `failed
--- NAME` and why. A check that fails ends the run: what follows would stand on it.
local M = { folder = vim.env.XDP_LSP_TEST_FOLDER }

local LIMIT = 1000 * (tonumber(vim.env.XDP_LSP_TEST_LIMIT) or 60) -- milliseconds

--- Waits until `condition` gives something, which is returned.
function M.wait(what, condition)
  local value
  if not vim.wait(LIMIT, function()
    value = condition()
    return value and true or false
  end, 10) then
    error('in vain: ' .. what, 2)
  end
  return value
end

function M.same(found, wanted, what)
  if not vim.deep_equal(found, wanted) then
    error(('%s: found %s, not %s'):format(what or 'value', vim.inspect(found), vim.inspect(wanted)), 2)
  end
end

function M.contains(text, part)
  if not tostring(text):find(part, 1, true) then
    error(('%q is not in:\n%s'):format(part, tostring(text)), 2)
  end
end

function M.lacks(text, part)
  if tostring(text):find(part, 1, true) then
    error(('%q is in:\n%s'):format(part, tostring(text)), 2)
  end
end

--- The text of a file of this tree.
function M.read(path)
  local file = assert(io.open(vim.env.XDP_LSP_TEST_TREE .. '/' .. path))
  local text = file:read('*a')
  file:close()
  return text
end

--- Writes a file of the test's folder; its path.
function M.write(name, text)
  local path = M.folder .. '/' .. name
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  return path
end

--- Opens a file of the test's folder with that text; its buffer.
function M.open(name, text)
  vim.cmd.edit(vim.fn.fnameescape(M.write(name, text)))
  return vim.api.nvim_get_current_buf()
end

function M.text(bufnr)
  return table.concat(vim.api.nvim_buf_get_lines(bufnr or 0, 0, -1, false), '\n')
end

--- Row (from 0) and byte at which `part` begins.
function M.place(part, bufnr)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(bufnr or 0, 0, -1, false)) do
    local at = line:find(part, 1, true)
    if at then
      return row - 1, at - 1
    end
  end
  error(part .. ' is not in the text', 2)
end

--- Puts the cursor at the beginning of `part`, as a user who moves it there.
function M.go_to(part)
  local row, column = M.place(part)
  vim.api.nvim_win_set_cursor(0, { row + 1, column })
  vim.cmd.doautocmd('CursorMoved')
end

--- Our client of the buffer, once it is there.
function M.client(bufnr)
  return M.wait('a client', function()
    return vim.lsp.get_clients({ name = 'xdp_lsp', bufnr = bufnr })[1]
  end)
end

--- Ends all clients of that name, as a user may.
function M.stop(name)
  for _, one in ipairs(vim.lsp.get_clients({ name = name })) do
    if vim.fn.has('nvim-0.11') == 1 then
      one:stop()
    else
      one.stop()
    end
  end
  M.wait('the end of ' .. name, function()
    return #vim.lsp.get_clients({ name = name, _uninitialized = true }) == 0
  end)
end

--- What is shown of the server's findings, once `is_right` holds of them.
function M.diagnostics(bufnr, is_right)
  local found
  local ok = vim.wait(LIMIT, function()
    found = vim.diagnostic.get(bufnr)
    return is_right(found)
  end, 10)
  if not ok then
    error('in vain: diagnostics; there are ' .. vim.inspect(found), 2)
  end
  return found
end

function M.codes(found)
  return vim.tbl_map(function(one)
    return one.code or one.source
  end, found)
end

--- The virtual text of a namespace: `row:column: text`, both from 0.
function M.virtual_text(bufnr, namespace)
  local said = {}
  local id = vim.api.nvim_get_namespaces()[namespace]
  for _, mark in ipairs(id and vim.api.nvim_buf_get_extmarks(bufnr, id, 0, -1, { details = true }) or {}) do
    local text = ''
    for _, part in ipairs(mark[4].virt_text or {}) do
      text = text .. part[1]
    end
    said[#said + 1] = ('%d:%d: %s'):format(mark[2], mark[3], text)
  end
  return said
end

--- The text of the float that is open, once there is one in which `part` stands.
function M.float(part)
  return M.wait('a float with ' .. part, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = M.text(vim.api.nvim_win_get_buf(window))
        if text:find(part, 1, true) then
          return text
        end
      end
    end
  end)
end

function M.close_floats()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      vim.api.nvim_win_close(window, true)
    end
  end
end

--- What was said at the bottom of the screen so far.
function M.messages()
  return vim.api.nvim_exec2('messages', { output = true }).output
end

--- Answers what the user is asked next by the first choice whose text has `part` in it.
function M.choose(part)
  vim.ui.select = function(items, options, on_choice)
    for _, item in ipairs(items) do
      local text = options.format_item and options.format_item(item) or tostring(item)
      if text:find(part, 1, true) then
        on_choice(item)
        return
      end
    end
    error('no choice has ' .. part .. ': ' .. vim.inspect(items))
  end
end

local function no_trace_of_an_error()
  for _, part in ipairs({ 'stack traceback', 'Error executing', 'Error in', 'multiple different' }) do
    M.lacks(M.messages(), part)
  end
end

function M.run(checks)
  for _, check in ipairs(vim.list_extend(checks, { { 'no trace of an error', no_trace_of_an_error } })) do
    local name, run = unpack(check)
    local before = vim.uv.hrtime()
    local ok, failure = xpcall(run, debug.traceback)
    if vim.env.XDP_LSP_TEST_TIMES then
      io.stderr:write(('%6.2f s %s\n'):format((vim.uv.hrtime() - before) / 1e9, name))
    end
    io.stdout:write(ok and ('ok %s\n'):format(name) or ('failed %s\n%s\n'):format(name, failure))
    if not ok then
      io.stdout:write('messages:\n', M.messages(), '\n')
      vim.cmd('cquit 1')
    end
  end
  io.stdout:write('ok all of it\n')
  vim.cmd('qall!')
end

return M
