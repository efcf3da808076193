--- Beside the real clangd, on the same buffer.
local harness = require('harness')
local programs = require('programs')
local same, contains, wait = harness.same, harness.contains, harness.wait

--- A call whose result is not looked at, with letters of one, two and three units in it.
local TEXT = programs.HEAD
  .. [[
SEC("xdp") int prog(struct xdp_md *ctx)
{
	bpf_xdp_adjust_head(/* é漢😋 */ ctx, -16); // end
	return XDP_TX;
}
]]

local bufnr
local before_ours = {}

local function start_clangd(capabilities)
  vim.lsp.start({
    name = 'clangd',
    cmd = { 'clangd' },
    root_dir = harness.folder,
    capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), capabilities or {}),
    -- As nvim-lspconfig has it.
    on_init = function(client, result)
      client.offset_encoding = result.offsetEncoding or client.offset_encoding
    end,
  }, { bufnr = bufnr })
end

local function clangd()
  return vim.lsp.get_clients({ name = 'clangd', bufnr = bufnr })[1]
end

local function by_source(found)
  local counts = {}
  for _, one in ipairs(found) do
    local client = vim.tbl_get(vim.diagnostic.get_namespace(one.namespace), 'name'):match('xdp_lsp') or 'clangd'
    counts[client] = (counts[client] or 0) + 1
  end
  return counts
end

local function agree()
  wait('one way to count', function()
    local ours, theirs = vim.lsp.get_clients({ name = 'xdp_lsp', bufnr = bufnr })[1], clangd()
    return ours and theirs and ours.initialized and ours.offset_encoding == theirs.offset_encoding
  end)
end

harness.run({
  {
    'clangd comes later, and counts otherwise',
    function()
      bufnr = harness.open('prog.c', TEXT)
      before_ours.encoding = harness.client(bufnr).offset_encoding
      before_ours.id = harness.client(bufnr).id
      local other = before_ours.encoding == 'utf-8' and 'utf-16' or 'utf-8'
      start_clangd({ offsetEncoding = { other } })
      wait('clangd', clangd)
      same(clangd().offset_encoding, other)
      agree()
      same(harness.client(bufnr).id ~= before_ours.id, true, 'another client')
    end,
  },
  {
    'the place of a finding',
    function()
      local row, column = harness.place('bpf_xdp_adjust_head', bufnr)
      local _, last = harness.place('; // end', bufnr)
      harness.diagnostics(bufnr, function(found)
        return vim.iter(found):any(function(one)
          return one.code == 'result-unchecked' and one.lnum == row and one.col == column and one.end_col == last
        end)
      end)
    end,
  },
  {
    'an action that edits behind such letters',
    function()
      harness.go_to('bpf_xdp_adjust_head')
      local title = 'Check the result, and return XDP_ABORTED where the call fails'
      vim.lsp.buf.code_action({
        apply = true,
        filter = function(action)
          return action.title == title
        end,
      })
      wait('an edit', function()
        return harness.text():find('XDP_ABORTED')
      end)
      contains(harness.text(), '\tif (bpf_xdp_adjust_head(/* é漢😋 */ ctx, -16)) // end\n\t\treturn XDP_ABORTED;\n')
      vim.cmd('silent write')
      harness.diagnostics(bufnr, function(found)
        return vim.iter(found):all(function(one)
          return one.code ~= 'result-unchecked'
        end)
      end)
    end,
  },
  {
    'what both say of a call',
    function()
      harness.go_to('bpf_xdp_adjust_head')
      vim.cmd('normal K')
      contains(harness.float('prepends 16'), '# xdp_lsp')
      contains(harness.float('prepends 16'), '# clangd')
      harness.close_floats()
    end,
  },
  {
    "an error is shown once: clangd's",
    function()
      local row = harness.place('return XDP_TX;', bufnr)
      vim.api.nvim_buf_set_text(bufnr, row, 8, row, 14, { 'XDP_TXX' })
      vim.cmd('silent write')
      harness.diagnostics(bufnr, function(found)
        local counts = by_source(found)
        return counts.clangd == 1 and require('xdp_lsp').status() == 'does not compile'
      end)
      wait('one error', function()
        return not by_source(vim.diagnostic.get(bufnr)).xdp_lsp
      end)
    end,
  },
  {
    'ours, where clangd is gone',
    function()
      harness.stop('clangd')
      harness.diagnostics(bufnr, function(found)
        return vim.deep_equal(by_source(found), { xdp_lsp = 1 })
      end)
    end,
  },
  {
    'clangd is there first',
    function()
      harness.stop('xdp_lsp')
      start_clangd({ offsetEncoding = { 'utf-8', 'utf-16' } })
      wait('clangd', clangd)
      vim.cmd('doautocmd FileType')
      local id = harness.client(bufnr).id
      agree()
      harness.diagnostics(bufnr, function(found)
        return vim.deep_equal(by_source(found), { clangd = 1 })
      end)
      same(harness.client(bufnr).id, id, 'the client that was started first')
    end,
  },
  {
    'both errors, where that is wanted',
    function()
      require('xdp_lsp').setup({ duplicate_errors = true })
      vim.cmd('silent write')
      harness.diagnostics(bufnr, function(found)
        return vim.deep_equal(by_source(found), { clangd = 1, xdp_lsp = 1 })
      end)
    end,
  },
  {
    'the health',
    function()
      vim.cmd('checkhealth xdp_lsp')
      contains(harness.text(), 'Beside it: clangd, which counts in utf-8 too')
      vim.cmd('bwipeout')
    end,
  },
})
