--- The configuration of a file that is looked at, where it is compiled in several.
local client = require('xdp_lsp.client')

local M = {}

local REQUEST, COMMAND = 'xdp-lsp/configurations', 'xdp-lsp.chooseConfiguration'

local function here()
  local bufnr = vim.b.xdp_lsp_source or vim.api.nvim_get_current_buf()
  return vim.lsp.util.make_text_document_params(bufnr).uri
end

local function choose(one, uri, name)
  client.request(one, 'workspace/executeCommand', { command = COMMAND, arguments = { uri, name } }, function(error)
    if error then
      client.failed(error)
    end
  end)
end

local function pick(one, uri)
  client.request(one, REQUEST, { textDocument = { uri = uri } }, function(error, answer)
    if error then
      client.failed(error)
    elseif not answer or #answer.configurations < 2 then
      client.warn('this file has no configurations to choose from')
    else
      vim.ui.select(answer.configurations, {
        prompt = 'Configuration to look at:',
        format_item = function(item)
          return ('%s%s  %s'):format(item.name == answer.chosen and '* ' or '  ', item.name, item.text)
        end,
      }, function(item)
        if item then
          choose(one, uri, item.name)
        end
      end)
    end
  end)
end

--- @param name string|nil of the current file; none asks
function M.choose(one, name)
  if name then
    choose(one, here(), name)
  else
    pick(one, here())
  end
end

--- The client's command, of a lens.
function M.on_command(command, context)
  local one = vim.lsp.get_client_by_id(context.client_id)
  local uri, name = unpack(command.arguments or {})
  if one and name then
    choose(one, uri, name)
  elseif one then
    pick(one, uri or here())
  end
end

--- The configurations that begin with `lead`.
function M.complete(lead)
  local answer = client.answer_at_once(REQUEST, { textDocument = { uri = here() } })
  local found = {}
  for _, one in ipairs(answer and answer.configurations or {}) do
    if vim.startswith(one.name, lead) then
      found[#found + 1] = one.name
    end
  end
  return found
end

return M
