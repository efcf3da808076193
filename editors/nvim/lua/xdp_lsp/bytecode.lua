--- The code of a source in a window beside it. The lines follow each other, wherever the source was edited meanwhile.
local client = require('xdp_lsp.client')
local colours = require('xdp_lsp.colours')
local windows = require('xdp_lsp.windows')

local M = {}

local REQUEST, FILETYPE = 'xdp-lsp/bytecode', 'xdp-bytecode'
-- The rows and lines that belong together at the cursor; the lines that code comes from, which edits move.
local shown = vim.api.nvim_create_namespace('xdp_lsp_bytecode')
local marks = vim.api.nvim_create_namespace('xdp_lsp_bytecode_lines')
local group = vim.api.nvim_create_augroup('xdp_lsp_bytecode', {})
vim.api.nvim_set_hl(0, 'XdpLspSame', { default = true, link = 'Visual' })

--- @class xdp_lsp.Listing
--- @field client_id integer
--- @field source integer the buffer of the C file
--- @field uri string of the virtual document
--- @field origins table<integer, {buffer: integer, mark: integer}> by row (from 0), where its code comes from
--- @field rows table<integer, table<integer, integer[]>> by buffer and mark, the rows that come from there
--- @field wanted? {position: table?, row_of: fun(answer: table): any} what it was opened for, until that is known

--- @type table<integer, xdp_lsp.Listing> by buffer of the listing
local listings = {}

local function listing_of(source)
  for bufnr, listing in pairs(listings) do
    if listing.source == source then
      return bufnr, listing
    end
  end
end

local function paint(bufnr, rows)
  vim.api.nvim_buf_clear_namespace(bufnr, shown, 0, -1)
  for _, row in ipairs(rows) do
    if row < vim.api.nvim_buf_line_count(bufnr) then
      vim.api.nvim_buf_set_extmark(bufnr, shown, row, 0, { line_hl_group = 'XdpLspSame' })
    end
  end
end

--- Brings a row (from 0) into sight in a window that the cursor is not in.
local function reveal(window, row)
  if not window or window == vim.api.nvim_get_current_win() then
    return
  end
  if vim.api.nvim_win_get_cursor(window)[1] ~= row + 1 then
    vim.api.nvim_win_set_cursor(window, { row + 1, 0 })
  end
  vim.api.nvim_win_call(window, function()
    local height = vim.api.nvim_win_get_height(window)
    if row + 1 < vim.fn.line('w0') + 1 or row + 1 > vim.fn.line('w0') + height - 2 then
      vim.cmd('normal! zz')
    end
  end)
end

local function follow_source(bufnr)
  for at, listing in pairs(listings) do
    local rows = {}
    if listing.rows[bufnr] then
      local line = vim.api.nvim_win_get_cursor(0)[1] - 1
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, marks, { line, 0 }, { line, -1 }, {})) do
        vim.list_extend(rows, listing.rows[bufnr][mark[1]] or {})
      end
      table.sort(rows)
      paint(at, rows)
      paint(bufnr, #rows > 0 and { line } or {})
      if rows[1] then
        reveal(windows.of(at), rows[1])
      end
    end
  end
end

local function follow_listing(bufnr)
  local listing = listings[bufnr]
  local origin = listing and listing.origins[vim.api.nvim_win_get_cursor(0)[1] - 1]
  for buffer in pairs(listing and listing.rows or {}) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      paint(buffer, {})
    end
  end
  if not origin or not vim.api.nvim_buf_is_loaded(origin.buffer) then
    paint(bufnr, {})
    return
  end
  paint(bufnr, listing.rows[origin.buffer][origin.mark])
  local row = vim.api.nvim_buf_get_extmark_by_id(origin.buffer, marks, origin.mark, {})[1]
  if row then
    paint(origin.buffer, { row })
    reveal(windows.of(origin.buffer), row)
  end
end

--- Notes which rows come from where, in the buffers that are loaded.
local function map(listing, answer)
  for buffer in pairs(listing.rows) do
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.api.nvim_buf_clear_namespace(buffer, marks, 0, -1)
    end
  end
  listing.origins, listing.rows = {}, {}
  local found = {} ---@type table<string, {buffer: integer, mark: integer}|false>
  for _, row in ipairs(answer.rows) do
    local source = row.source ~= vim.NIL and row.source
    local key = source and source.uri .. '#' .. source.line
    if source and found[key] == nil then
      found[key] = false
      local name = vim.uri_to_fname(source.uri)
      local buffer = vim.fn.bufexists(name) == 1 and vim.fn.bufnr(vim.fn.fnameescape(name)) or -1
      if buffer > 0 and vim.api.nvim_buf_is_loaded(buffer) and source.line < vim.api.nvim_buf_line_count(buffer) then
        found[key] = { buffer = buffer, mark = vim.api.nvim_buf_set_extmark(buffer, marks, source.line, 0, {}) }
      end
    end
    local origin = key and found[key]
    if origin then
      listing.origins[row.line] = origin
      listing.rows[origin.buffer] = listing.rows[origin.buffer] or {}
      local rows = listing.rows[origin.buffer]
      rows[origin.mark] = rows[origin.mark] or {}
      table.insert(rows[origin.mark], row.line)
    end
  end
end

--- Listens to the cursor in the buffers that code comes from; once for each.
local function listen(listing)
  for buffer in pairs(listing.rows) do
    vim.api.nvim_clear_autocmds({ group = group, buffer = buffer })
    vim.api.nvim_create_autocmd('CursorMoved', {
      group = group,
      buffer = buffer,
      callback = function()
        follow_source(buffer)
      end,
    })
  end
end

local function forget(bufnr)
  local listing = listings[bufnr]
  listings[bufnr] = nil
  for buffer in pairs(listing and listing.rows or {}) do
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.api.nvim_clear_autocmds({ group = group, buffer = buffer })
      vim.api.nvim_buf_clear_namespace(buffer, marks, 0, -1)
      vim.api.nvim_buf_clear_namespace(buffer, shown, 0, -1)
    end
  end
end

--- Asks about the place in the listing that the cursor is at.
local function ask_here(method, on_answer)
  local listing = listings[vim.api.nvim_get_current_buf()]
  local one = listing and vim.lsp.get_client_by_id(listing.client_id)
  if not one then
    client.warn('the server that this code came from is gone; :XdpBytecode in the source shows it anew')
    return
  end
  local params = { textDocument = { uri = listing.uri }, position = client.cursor(one, 0) }
  client.request(one, method, params, function(error, answer)
    if error then
      client.failed(error)
    elseif not answer then
      client.warn('nothing is known of this place')
    else
      on_answer(answer, one, listing)
    end
  end, listing.source)
end

local function hover()
  ask_here('textDocument/hover', function(answer)
    local lines = vim.lsp.util.convert_input_to_markdown_lines(answer.contents)
    vim.lsp.util.open_floating_preview(lines, 'markdown', { focus_id = 'textDocument/hover' })
  end)
end

--- Goes where the instruction at the cursor comes from or, at the target of a jump, leads to.
local function go()
  local here = vim.api.nvim_get_current_win()
  ask_here('textDocument/definition', function(place, one, listing)
    if place.uri == listing.uri then
      vim.cmd("normal! m'")
      vim.api.nvim_win_set_cursor(here, { place.range.start.line + 1, 0 })
    else
      local buffer = vim.uri_to_bufnr(place.uri)
      local window = windows.of(buffer) or windows.of(listing.source)
      if window then
        vim.api.nvim_set_current_win(window)
      end
      vim.lsp.util.show_document(place, one.offset_encoding, { focus = true })
    end
  end)
end

local function prepare(bufnr)
  vim.keymap.set('n', 'K', hover, { buffer = bufnr, desc = 'what is known at the cursor' })
  for _, key in ipairs({ 'gd', '<C-]>', '<CR>' }) do
    vim.keymap.set('n', key, go, { buffer = bufnr, desc = 'go to the source, or to the target of a jump' })
  end
  vim.api.nvim_create_autocmd('CursorMoved', {
    group = group,
    buffer = bufnr,
    callback = function()
      follow_listing(bufnr)
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = bufnr,
    callback = function()
      forget(bufnr)
    end,
  })
end

--- Shows an answer of the server in the listing's buffer; the buffer.
local function take(one, source, answer)
  local lines = vim.split(answer.text, '\n')
  if lines[#lines] == '' then
    lines[#lines] = nil
  end
  local bufnr = listing_of(source)
  if bufnr then
    windows.fill(bufnr, lines)
  else
    bufnr = windows.scratch(answer.listing, lines, FILETYPE)
    vim.bo[bufnr].bufhidden = 'wipe'
    vim.b[bufnr].xdp_lsp_source = source
    prepare(bufnr)
  end
  local listing = listings[bufnr] or { rows = {} }
  listing.client_id, listing.source, listing.uri = one.id, source, answer.listing
  listings[bufnr] = listing
  map(listing, answer)
  listen(listing)
  colours.ask(one, bufnr, listing.uri, source)
  return bufnr
end

local function ask(one, source, position, on_answer)
  local params = { textDocument = vim.lsp.util.make_text_document_params(source), position = position }
  client.request(one, REQUEST, params, function(error, answer)
    if error then
      client.failed(error)
    elseif not answer then
      client.warn('there is no code of this buffer')
    elseif vim.api.nvim_buf_is_valid(source) then
      on_answer(answer)
    end
  end, source)
end

--- Goes to the row that the listing was opened for, once it is known: while a file is analysed there is no code.
local function settle(bufnr, answer)
  local wanted, window = listings[bufnr].wanted, windows.of(bufnr)
  local row = wanted and wanted.row_of(answer)
  if type(row) == 'number' and window then
    listings[bufnr].wanted = nil
    vim.api.nvim_win_set_cursor(window, { row + 1, 0 })
    vim.api.nvim_win_call(window, function()
      vim.cmd('normal! zz')
    end)
  end
end

local function open(one, source, position, row_of, smods)
  ask(one, source, position, function(answer)
    local bufnr = take(one, source, answer)
    local window = windows.of(bufnr)
    if window then
      vim.api.nvim_set_current_win(window)
    else
      window = windows.split(bufnr, smods)
      vim.wo[window][0].wrap = false
      vim.wo[window][0].number = false
      vim.wo[window][0].cursorline = true
    end
    listings[bufnr].wanted = { position = position, row_of = row_of }
    settle(bufnr, answer)
    follow_listing(bufnr)
  end)
end

--- Shows the code of the current buffer, at the cursor's line.
function M.show(one, smods)
  local source = vim.api.nvim_get_current_buf()
  if listings[source] then
    return -- it is this
  end
  open(one, source, client.cursor(one, 0), function(answer)
    return answer.line
  end, smods)
end

--- The client's command `xdp-lsp.showBytecode`, of a lens: a C file, and a function or a position in it.
function M.on_command(command, context)
  local one = vim.lsp.get_client_by_id(context.client_id)
  local uri, wanted = unpack(command.arguments or {})
  if not one or type(uri) ~= 'string' then
    return
  end
  open(one, vim.uri_to_bufnr(uri), type(wanted) == 'table' and wanted or nil, function(answer)
    for _, known in ipairs(answer.functions) do
      if known.name == wanted then
        return known.line
      end
    end
    return answer.line
  end)
end

--- The handler of `xdp-lsp/bytecodeChanged`: there is something newer.
function M.on_changed(_, params, context)
  local one = vim.lsp.get_client_by_id(context.client_id)
  local bufnr, listing = listing_of(vim.uri_to_bufnr(params.uri))
  if not one or not bufnr then
    return
  end
  ask(one, listing.source, listing.wanted and listing.wanted.position, function(answer)
    if not vim.api.nvim_buf_is_valid(bufnr) then
      return
    end
    local window = windows.of(bufnr)
    local view = window and vim.api.nvim_win_call(window, vim.fn.winsaveview)
    take(one, listing.source, answer)
    paint(bufnr, {})
    if window then
      vim.api.nvim_win_call(window, function()
        vim.fn.winrestview(view)
      end)
    end
    settle(bufnr, answer)
  end)
end

return M
