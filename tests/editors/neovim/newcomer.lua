--- A machine with the plugin and no server yet; then one that does not start.
local harness = require('harness')
local programs = require('programs')
local same, contains, wait = harness.same, harness.contains, harness.wait

local function times(part)
  local _, found = harness.messages():gsub(vim.pesc(part), '')
  return found
end

--- A command of that name on PATH, which does this.
local function install(script)
  local path = vim.env.HOME .. '/bin/xdp-lsp'
  vim.fn.writefile({ '#!/bin/sh', script }, path)
  vim.uv.fs_chmod(path, tonumber('755', 8))
end

harness.run({
  {
    'that there is no server is said once, with what to type',
    function()
      harness.open('one.c', programs.FITS)
      wait('a word', function()
        return times('xdp-lsp is not on PATH') > 0
      end)
      contains(harness.messages(), 'pip install')
      harness.open('two.c', programs.FITS)
      same(times('xdp-lsp is not on PATH'), 1)
    end,
  },
  {
    'what needs one says so',
    function()
      vim.cmd('XdpDoctor')
      same(times('no server'), 2)
      vim.cmd('XdpBytecode')
      contains(harness.messages(), ':checkhealth xdp_lsp says why')
    end,
  },
  {
    'the health names it',
    function()
      vim.cmd('checkhealth xdp_lsp')
      contains(harness.text(), 'There is no server: xdp-lsp is not on PATH')
      contains(harness.text(), 'pip install')
      vim.cmd('bwipeout')
    end,
  },
  {
    'a server that ends at once is tried four times',
    function()
      install('echo broken >&2; exit 1')
      vim.cmd('edit')
      wait('the end of it', function()
        return times('ended with status 1') == 4
      end)
      same(times('it is started again'), 3)
      contains(harness.messages(), ':XdpLog says more')
      vim.cmd('XdpLog')
      contains(harness.text(), 'broken')
      vim.cmd('close')
    end,
  },
  {
    'one that is mended is started on demand',
    function()
      install(vim.env.XDP_LSP_TEST_SERVER)
      vim.cmd('XdpRestart')
      harness.client(vim.api.nvim_get_current_buf())
    end,
  },
  {
    'one that is named and is not there',
    function()
      vim.cmd('silent %bwipeout!')
      local settings = { cmd = { '/nowhere/xdp-lsp', 'serve' } }
      local where = 'the option cmd'
      require('xdp_lsp').setup(settings)
      if vim.fn.has('nvim-0.11') == 1 then
        require('xdp_lsp').setup({})
        vim.lsp.config('xdp_lsp', settings)
        where = 'vim.lsp.config'
      end
      harness.open('other.c', 'int main(void) { return 0; }\n')
      local is_looked_at = false
      vim.schedule(function()
        is_looked_at = true
      end)
      wait('the first look', function()
        return is_looked_at
      end)
      same(times('/nowhere'), 0, 'words before there is a program')
      harness.open('three.c', programs.FITS)
      wait('a word', function()
        return times(where .. ' names /nowhere/xdp-lsp, which cannot be run') == 1
      end)
    end,
  },
  {
    'help',
    function()
      local plugin = vim.api.nvim_get_runtime_file('doc/xdp-lsp.txt', false)[1]
      vim.cmd('helptags ' .. vim.fn.fnameescape(vim.fn.fnamemodify(plugin, ':h')))
      local commands = vim.tbl_filter(function(name)
        return vim.startswith(name, 'Xdp')
      end, vim.tbl_keys(vim.api.nvim_get_commands({})))
      same(#commands, 9, 'commands')
      for _, name in ipairs(commands) do
        vim.cmd('silent! help :' .. name) -- silent: builds without a parser for help texts complain
        contains(vim.api.nvim_get_current_line(), '*:' .. name .. '*')
      end
      for option in pairs(require('xdp_lsp.options').values) do
        contains(harness.text(), '\n' .. option .. ' ')
      end
      -- What it refers to exists, in the newest version.
      for tag in harness.text():gmatch('|([^|%s]+)|') do
        same(vim.fn.has('nvim-0.12') == 0 or #vim.fn.getcompletion(tag, 'help') > 0, true, tag)
      end
      vim.cmd('helpclose')
    end,
  },
})
