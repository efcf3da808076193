--- The choice of targets. What there is to choose from is asked for.
local client = require('xdp_lsp.client')

local M = {}

local REQUEST, COMMAND = 'xdp-lsp/targets', 'xdp-lsp.chooseTargets'

--- For which file: settings may differ.
local function here()
  local bufnr = vim.b.xdp_lsp_source or vim.api.nvim_get_current_buf()
  return { textDocument = vim.lsp.util.make_text_document_params(bufnr) }
end

--- Holds programs against `specs`, all of them; an empty list goes back to what is configured.
local function choose(one, specs)
  client.request(one, 'workspace/executeCommand', { command = COMMAND, arguments = { specs } }, function(error)
    if error then
      client.failed(error)
    end
  end)
end

local function items(answer)
  local made, width = {}, 0
  for _, kind in ipairs({ 'groups', 'drivers' }) do
    for _, target in ipairs(answer[kind]) do
      width = math.max(width, vim.fn.strdisplaywidth(target.name))
    end
  end
  local row = '%s%-' .. width .. 's  %s'
  local chosen = #answer.chosen > 0 and answer.chosen or answer.configured
  for _, kind in ipairs({ 'groups', 'drivers' }) do
    for _, target in ipairs(answer[kind]) do
      local mark = vim.tbl_contains(chosen, target.name) and '* ' or '  '
      made[#made + 1] = { specs = { target.name }, text = row:format(mark, target.name, target.detail) }
    end
  end
  local configured = table.concat(answer.configured, ', ')
  made[#made + 1] = { specs = {}, text = row:format('  ', 'as configured', configured) }
  return made
end

local function pick(one)
  client.request(one, REQUEST, here(), function(error, answer)
    if error then
      client.failed(error)
      return
    end
    vim.ui.select(items(answer), {
      prompt = 'Targets that programs must fit:',
      format_item = function(item)
        return item.text
      end,
    }, function(item)
      if item then
        choose(one, item.specs)
      end
    end)
  end)
end

--- @param specs string[] as the setting has them; none asks
function M.choose(one, specs)
  if #specs > 0 then
    choose(one, specs)
  else
    pick(one)
  end
end

function M.configured(one)
  choose(one, {})
end

--- The client's command `xdp-lsp.chooseTargets`: of a lens, which asks, or of an action, which names them.
function M.on_command(command, context)
  local one = vim.lsp.get_client_by_id(context.client_id)
  local specs = command.arguments and command.arguments[1]
  if one then
    M.choose(one, type(specs) == 'table' and specs or {})
  end
end

--- The groups and drivers that begin with `lead`.
function M.complete(lead)
  local answer = client.answer_at_once(REQUEST, here())
  local found = {}
  for _, kind in ipairs({ 'groups', 'drivers' }) do
    for _, target in ipairs(answer and answer[kind] or {}) do
      if vim.startswith(target.name, lead) then
        found[#found + 1] = target.name
      end
    end
  end
  return found
end

return M
