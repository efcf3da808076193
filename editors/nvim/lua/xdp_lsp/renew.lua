--- What is drawn in a buffer is asked for again as its text changes, and when the server says that it is another.
local M = {}

--- Calls `ask` now, and whenever the text of the buffer was changed.
--- @param group integer the autocommands' own group; they end with it, or with `M.stop`
function M.follow(group, bufnr, ask)
  M.stop(group, bufnr)
  vim.api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      ask() -- without its value: an autocommand whose callback gives one ends
    end,
  })
  ask()
end

function M.stop(group, bufnr)
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
end

--- What a request of the server for a refresh is answered by: `ask(client, bufnr)` for each of the client's buffers.
function M.everywhere(ask, context)
  local one = vim.lsp.get_client_by_id(context.client_id)
  for bufnr in pairs(one and one.attached_buffers or {}) do
    ask(one, bufnr)
  end
  return vim.NIL
end

return M
