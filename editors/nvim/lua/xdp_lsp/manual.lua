--- The manual pages of the codes that findings have.
local client = require('xdp_lsp.client')

local M = {}

local REQUEST = 'xdp-lsp/manual'

local function open(page, smods)
  vim.cmd({ cmd = 'sview', args = { vim.fn.fnameescape(vim.uri_to_fname(page.uri)) }, mods = smods })
end

--- The code of what was found at the cursor's line.
local function at_cursor(pages)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, found in ipairs(vim.diagnostic.get(0, { lnum = row })) do
    for _, page in ipairs(pages) do
      if page.code == found.code then
        return found.code
      end
    end
  end
end

--- Shows the page of `code`, by itself of what is found at the cursor's line; else asks which.
--- @param code? string
function M.show(one, code, smods)
  client.request(one, REQUEST, vim.empty_dict(), function(error, answer)
    if error then
      client.failed(error)
      return
    end
    local wanted = code or at_cursor(answer.pages)
    for _, page in ipairs(answer.pages) do
      if page.code == wanted then
        open(page, smods)
        return
      end
    end
    if code then
      client.warn(('there is no code %s'):format(code))
      return
    end
    vim.ui.select(answer.pages, {
      prompt = 'Explain:',
      format_item = function(page)
        return ('%-22s %s'):format(page.code, page.title)
      end,
    }, function(page)
      if page then
        open(page, smods)
      end
    end)
  end)
end

--- The codes that begin with `lead`.
function M.complete(lead)
  local answer = client.answer_at_once(REQUEST, vim.empty_dict())
  local found = {}
  for _, page in ipairs(answer and answer.pages or {}) do
    if vim.startswith(page.code, lead) then
      found[#found + 1] = page.code
    end
  end
  return found
end

return M
