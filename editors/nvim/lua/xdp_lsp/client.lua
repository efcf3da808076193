--- Our client as Neovim has it. What 0.10 and later versions spell in different ways is spelled here.
local M = {}

M.NAME = 'xdp_lsp'
M.SECTION = 'xdp-lsp'
local COMPLETION_LIMIT = 500 -- milliseconds

--- 0.11 made methods of what were functions.
M.has_methods = vim.fn.has('nvim-0.11') == 1

function M.request(client, method, params, handler, bufnr)
  if M.has_methods then
    return client:request(method, params, handler, bufnr)
  end
  return client.request(method, params, handler, bufnr)
end

function M.notify(client, method, params)
  if M.has_methods then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

function M.stop(client, force)
  if M.has_methods then
    return client:stop(force)
  end
  return client.stop(force)
end

function M.is_stopped(client)
  if M.has_methods then
    return client:is_stopped()
  end
  return client.is_stopped()
end

--- The byte in `line` at `character`, counted as `client` counts. Past the end it is the end.
function M.byte(client, line, character)
  if M.has_methods then
    return vim.str_byteindex(line, client.offset_encoding, character, false)
  end
  return vim.lsp.util._str_byteindex_enc(line, character, client.offset_encoding)
end

--- The position of the cursor in `window`, as `client` counts.
function M.cursor(client, window)
  return vim.lsp.util.make_position_params(window, client.offset_encoding).position
end

function M.all()
  return vim.lsp.get_clients({ name = M.NAME })
end

--- Those that have not been answered yet as well.
function M.started()
  return vim.lsp.get_clients({ name = M.NAME, _uninitialized = true })
end

--- Our client of a buffer, or of the source whose code it shows.
function M.of(bufnr)
  local source = vim.b[bufnr].xdp_lsp_source
  return vim.lsp.get_clients({ name = M.NAME, bufnr = source or bufnr })[1]
end

--- What the client of the current buffer answers; nil where there is none, or it takes longer than people who
--- complete a word wait.
function M.answer_at_once(method, params)
  local one = M.of(vim.api.nvim_get_current_buf())
  local answer
  if one and M.has_methods then
    answer = one:request_sync(method, params, COMPLETION_LIMIT, 0)
  elseif one then
    answer = one.request_sync(method, params, COMPLETION_LIMIT, 0)
  end
  return answer and answer.result
end

--- Our client of the current buffer. Says so where there is none.
function M.here()
  local found = M.of(vim.api.nvim_get_current_buf())
  if not found then
    M.warn('it does not look at this buffer; :checkhealth xdp_lsp says why')
  end
  return found
end

--- What an error of the server says, for people.
function M.failed(error)
  if error.code == vim.lsp.protocol.ErrorCodes.MethodNotFound then
    M.warn('the server is too old for this; :checkhealth xdp_lsp')
  else
    M.warn(error.message)
  end
end

function M.warn(message)
  vim.notify('xdp-lsp: ' .. message, vim.log.levels.WARN)
end

--- Gives running servers other settings.
function M.configure(settings)
  for _, client in ipairs(M.all()) do
    client.settings = settings
    M.notify(client, 'workspace/didChangeConfiguration', { settings = settings })
  end
end

return M
