--- What a user sees of a program, from the first look to a server that dies.
local harness = require('harness')
local programs = require('programs')
local same, contains, wait = harness.same, harness.contains, harness.wait

local bufnr

local function is_exceeded(found)
  return #found == 1 and found[1].code == 'headroom-exceeded' and found[1].severity == vim.diagnostic.severity.ERROR
end

-- What fits the chosen targets is told of the others.
local function is_fitting(found)
  return #found == 1 and found[1].code == 'headroom-exceeded' and found[1].severity == vim.diagnostic.severity.HINT
end

local function hints()
  return harness.virtual_text(bufnr, 'xdp_lsp_hints')
end

local function lenses()
  local found = vim.fn.has('nvim-0.12') == 1 and vim.lsp.codelens.get({ bufnr = bufnr }) or vim.lsp.codelens.get(bufnr)
  return vim.tbl_map(function(one)
    return (one.lens or one).command.title
  end, found)
end

local function edit(from, to)
  local row, column = harness.place(from, bufnr)
  vim.api.nvim_buf_set_text(bufnr, row, column, row, column + #from, { to })
  vim.cmd('doautocmd TextChanged')
end

harness.run({
  {
    'other C costs nothing',
    function()
      harness.open('other.c', 'int main(void) { return 0; }\n')
      same(vim.bo.filetype, 'c')
      vim.wait(50)
      same(vim.lsp.get_clients({ _uninitialized = true }), {}, 'clients')
    end,
  },
  {
    'a text that becomes a program is looked at once it is written',
    function()
      local other = vim.api.nvim_get_current_buf()
      vim.api.nvim_buf_set_lines(other, 0, -1, false, vim.split(programs.FITS, '\n'))
      vim.cmd('silent write')
      harness.client(other)
      vim.cmd('bwipeout!')
    end,
  },
  {
    'diagnostics',
    function()
      bufnr = harness.open('prog.c', programs.NON_ASCII)
      harness.client(bufnr)
      local row, column = harness.place('-300', bufnr)
      -- The verdict comes first, at the call, then the place of the argument.
      local found = harness.diagnostics(bufnr, function(found)
        return is_exceeded(found) and found[1].col == column
      end)[1]
      same({ found.lnum, found.end_lnum, found.end_col }, { row, row, column + 4 }, 'place')
      same(found.source, 'xdp-lsp')
    end,
  },
  {
    'hints',
    function()
      local said = wait('hints', function()
        local said = hints()
        return #said > 0 and said
      end)
      local row, column = harness.place('))', bufnr)
      contains(said[1], ('%d:%d: '):format(row, column + 1))
      contains(said[1], '300')
    end,
  },
  {
    'lenses',
    function()
      local said = wait('lenses', function()
        local said = lenses()
        return #said == 2 and said
      end)
      contains(said[1], '300')
      contains(said[2], 'targets: mainstream')
    end,
  },
  {
    'hover',
    function()
      harness.go_to('bpf_xdp_adjust_head')
      vim.cmd('normal K')
      contains(harness.float('prepends'), '300')
      harness.close_floats()
    end,
  },
  {
    'an edit moves hints along',
    function()
      vim.api.nvim_buf_set_lines(bufnr, 0, 0, false, { '' })
      vim.cmd('doautocmd TextChanged')
      local said = wait('a hint at the next line', function()
        local said = hints()
        return #said == 1 and said[1]:find('^6:') and said
      end)
      same(#said, 1)
      vim.cmd('silent undo')
      vim.cmd('doautocmd TextChanged')
      wait('the hint back', function()
        local now = hints()
        return #now == 1 and now[1]:find('^5:')
      end)
    end,
  },
  {
    'mended by hand',
    function()
      edit('-300', '-16')
      vim.cmd('silent write')
      harness.diagnostics(bufnr, function(found)
        return #found == 0
      end)
      wait('a hint that says 16', function()
        return (hints()[1] or ''):find('16')
      end)
      wait('a lens that says 16', function()
        return (lenses()[1] or ''):find('16')
      end)
    end,
  },
  {
    'a text that does not compile',
    function()
      edit('XDP_TX;', 'XDP_TXX;')
      vim.cmd('silent write')
      local found = harness.diagnostics(bufnr, function(found)
        return #found == 1 and found[1].source == 'clang'
      end)
      contains(found[1].message, 'XDP_TXX')
      edit('XDP_TXX;', 'XDP_TX;')
      vim.cmd('silent write')
      harness.diagnostics(bufnr, function(left)
        return #left == 0
      end)
    end,
  },
  {
    'other settings',
    function()
      edit('-16', '-200')
      vim.cmd('silent write')
      harness.diagnostics(bufnr, is_exceeded)
      require('xdp_lsp').setup({ settings = { targets = { '256' } } })
      harness.diagnostics(bufnr, is_fitting)
      require('xdp_lsp').setup({})
      harness.diagnostics(bufnr, is_exceeded)
    end,
  },
  {
    'a wrong option is told',
    function()
      require('xdp_lsp').setup({ setings = {} })
      contains(harness.messages(), 'there is no option setings')
      require('xdp_lsp').setup({ code_lens = 'yes' })
      contains(harness.messages(), 'the option code_lens is a boolean, not a string')
    end,
  },
  {
    'a server that is killed is started again',
    function()
      local id = harness.client(bufnr).id
      -- The only process of our own.
      vim.uv.kill(vim.api.nvim_get_proc_children(vim.fn.getpid())[1], 'sigkill')
      wait('its end', function()
        return vim.lsp.get_client_by_id(id) == nil
      end)
      same({ vim.diagnostic.get(bufnr), hints(), lenses() }, { {}, {}, {} }, 'what is left')
      harness.client(bufnr)
      harness.diagnostics(bufnr, is_exceeded)
      contains(harness.messages(), 'was killed by signal 9; it is started again')
    end,
  },
  {
    'restarted on demand',
    function()
      local before = harness.client(bufnr).id
      vim.cmd('XdpRestart')
      wait('another client', function()
        local now = vim.lsp.get_clients({ name = 'xdp_lsp', bufnr = bufnr })[1]
        return now and now.id ~= before
      end)
      harness.diagnostics(bufnr, is_exceeded)
    end,
  },
  {
    'a verifier log',
    function()
      local log = harness.open('kernel.dump', harness.read('tests/vlog/logs/linux-7.2.log'))
      local function is_refused(found)
        return #found == 1 and found[1].code == 'kernel-refused'
      end
      vim.cmd('XdpVerifierLog')
      harness.diagnostics(log, is_refused)
      vim.cmd('edit') -- as it may have been written again
      harness.client(log)
      harness.diagnostics(log, is_refused)
      vim.cmd('bwipeout | enew | XdpVerifierLog')
      contains(harness.messages(), 'this buffer has no name')
      vim.api.nvim_set_current_buf(bufnr)
    end,
  },
  {
    'no hint is left of a call that is deleted',
    function()
      wait('a hint', function()
        return #hints() == 1
      end)
      vim.api.nvim_buf_set_lines(bufnr, 5, 6, false, {})
      vim.cmd('doautocmd TextChanged')
      wait('no hint', function()
        return #hints() == 0
      end)
      vim.cmd('silent undo')
      vim.cmd('silent write')
    end,
  },
  {
    'nothing of it is left when it goes',
    function()
      wait('hints', function()
        return #hints() > 0 and #lenses() > 0
      end)
      local one = harness.client(bufnr)
      vim.lsp.buf_detach_client(bufnr, one.id)
      wait('an end', function()
        return #hints() == 0 and #lenses() == 0
      end)
    end,
  },
  {
    'a header opened alone shows what the program says that includes it',
    function()
      vim.fn.mkdir(harness.folder .. '/repository/.git', 'p')
      local call, head = 'bpf_xdp_adjust_head(ctx, -300)', programs.TOO_MUCH:match('^(.-)SEC%("xdp"%)')
      local helper = 'static inline int push(struct xdp_md *ctx)\n{\n\treturn ' .. call .. ';\n}\n'
      local program = programs.TOO_MUCH:gsub('bpf_xdp_adjust_head%(ctx, %-300%)', 'push(ctx)')
      harness.write('repository/push.c', head .. '#include "push.h"\n' .. program:sub(#head + 1))
      local header = harness.open('repository/push.h', helper)
      harness.diagnostics(header, is_exceeded)
    end,
  },
  {
    'a folder that is not trusted',
    function()
      require('xdp_lsp').setup({ restricted = true })
      vim.cmd('XdpDoctor')
      contains(harness.messages(), 'which the option restricted rules out')
      harness.write('theirs/.xdp-lsp.toml', 'targets = ["mlx5_core"]\n')
      bufnr = harness.open('theirs/prog.c', programs.TOO_MUCH)
      local said = wait('a verdict', function()
        local said = require('xdp_lsp.status').of(bufnr)
        return said and said.state == 'exceeds' and said
      end)
      same({ said.targets, said.restricted }, { 'mainstream', true })
      vim.cmd('checkhealth xdp_lsp')
      contains(harness.text(), 'nothing of this folder is used')
    end,
  },
})
