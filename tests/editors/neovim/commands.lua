--- The code beside the source, and what else the commands show.
local harness = require('harness')
local programs = require('programs')
local same, contains, lacks, wait = harness.same, harness.contains, harness.lacks, harness.wait

local TEXT = programs.HEAD
  .. [[
SEC("xdp") int first(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -300))
		return XDP_ABORTED;
	return XDP_TX;
}
SEC("xdp") int second(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -16))
		return XDP_DROP;
	return XDP_TX;
}
]]

local source, source_window, listing, listing_window

--- The rows (from 0) that are marked as belonging to the cursor's line.
local function marked(bufnr)
  local id = vim.api.nvim_get_namespaces().xdp_lsp_bytecode
  local rows = vim.tbl_map(function(mark)
    return mark[2]
  end, vim.api.nvim_buf_get_extmarks(bufnr, id, 0, -1, {}))
  table.sort(rows)
  return rows
end

local function line(bufnr, row)
  return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1]
end

local function cursor_line(window)
  return line(vim.api.nvim_win_get_buf(window), vim.api.nvim_win_get_cursor(window)[1] - 1)
end

local function in_window(window, run)
  vim.api.nvim_set_current_win(window)
  run()
end

local function report(name)
  return wait(name, function()
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_get_name(bufnr):find(name, 1, true) and vim.api.nvim_buf_line_count(bufnr) > 1 then
        return bufnr
      end
    end
  end)
end

harness.run({
  {
    'the code, at the line of the cursor',
    function()
      source = harness.open('two.c', TEXT)
      source_window = vim.api.nvim_get_current_win()
      harness.client(source) -- nothing is known yet
      harness.go_to('bpf_xdp_adjust_head(ctx, -16)')
      vim.cmd('XdpBytecode')
      wait('another window', function()
        return vim.api.nvim_get_current_win() ~= source_window
      end)
      listing, listing_window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
      wait('code', function()
        return harness.text(listing):find('call bpf_xdp_adjust_head', 1, true)
      end)
      wait('the row', function()
        local row = vim.api.nvim_win_get_cursor(listing_window)[1]
        return (line(listing, row - 2) or ''):find('bpf_xdp_adjust_head(ctx, -16)', 1, true)
      end)
      same(vim.bo[listing].modifiable, false)
      same(vim.bo[listing].buftype, 'nofile')
    end,
  },
  {
    'its colours',
    function()
      local row, column = harness.place('bpf_xdp_adjust_head#', listing)
      wait('colours', function()
        local id = vim.api.nvim_get_namespaces().xdp_lsp_colours
        local found = vim.api.nvim_buf_get_extmarks(listing, id, { row, column }, { row, column }, { details = true })
        return found[1] and found[1][4].hl_group == '@lsp.type.function'
      end)
    end,
  },
  {
    'the code follows the source',
    function()
      in_window(source_window, function()
        harness.go_to('bpf_xdp_adjust_head(ctx, -16)')
      end)
      local rows = marked(listing)
      contains(table.concat(vim.tbl_map(function(row)
        return line(listing, row)
      end, rows), '\n'), 'call')
      local header = harness.place('second (xdp)', listing)
      same(rows[1] > header, true, 'a row of the second program')
      harness.go_to('bpf_xdp_adjust_head(ctx, -300)')
      same(marked(listing)[1] < header, true, 'a row of the first program')
      same(vim.api.nvim_win_get_cursor(listing_window)[1] - 1, marked(listing)[1], 'the row in sight')
    end,
  },
  {
    'the source follows the code',
    function()
      in_window(listing_window, function()
        harness.go_to('= -16')
      end)
      same(#marked(source), 1)
      contains(line(source, marked(source)[1]), '-16')
      contains(cursor_line(source_window), '-16')
    end,
  },
  {
    'also after an edit that was not saved',
    function()
      vim.api.nvim_buf_set_lines(source, 3, 3, false, { '', '' })
      harness.go_to('= -300')
      harness.go_to('= -16')
      contains(line(source, marked(source)[1]), '-16')
      vim.api.nvim_buf_set_lines(source, 3, 5, false, {})
    end,
  },
  {
    'from an instruction to its line, from a jump to its target',
    function()
      harness.go_to('= -300')
      vim.cmd('normal gd')
      wait('the source', function()
        return vim.api.nvim_get_current_win() == source_window
      end)
      contains(cursor_line(source_window), '-300')
      vim.api.nvim_set_current_win(listing_window)
      harness.go_to('<')
      local jump = vim.api.nvim_win_get_cursor(0)[1]
      local slot = vim.api.nvim_get_current_line():match('<(%d+)>')
      vim.cmd('normal \29') -- Ctrl-]
      wait('the target', function()
        return vim.api.nvim_win_get_cursor(0)[1] ~= jump
      end)
      contains(vim.api.nvim_get_current_line(), slot .. ':')
    end,
  },
  {
    'what a register holds',
    function()
      harness.go_to('w2 = -300')
      vim.cmd('normal K')
      harness.float('r2 = 0xfffffed4') -- as w2 = -300 leaves it
      harness.close_floats()
    end,
  },
  {
    'each save renews it',
    function()
      vim.api.nvim_set_current_win(source_window)
      local row, column = harness.place('-16', source)
      vim.api.nvim_buf_set_text(source, row, column, row, column + 3, { '-24' })
      vim.cmd('silent write')
      wait('newer code', function()
        return harness.text(listing):find('= -24', 1, true)
      end)
      lacks(harness.text(listing), '= -16')
      harness.go_to('-24')
      same(#marked(listing) > 0, true, 'it follows')
    end,
  },
  {
    'a lens leads to its program',
    function()
      vim.api.nvim_win_close(listing_window, true)
      local one = harness.client(source)
      local command = { command = 'xdp-lsp.showBytecode', arguments = { vim.uri_from_bufnr(source), 'second' } }
      if vim.fn.has('nvim-0.11') == 1 then
        one:exec_cmd(command, { bufnr = source })
      else
        one:_exec_cmd(command, { bufnr = source })
      end
      wait('the program', function()
        return vim.api.nvim_get_current_win() ~= source_window
          and vim.api.nvim_get_current_line():find('second (xdp)', 1, true)
      end)
      listing = vim.api.nvim_get_current_buf()
      harness.go_to('= -24')
      same(#marked(source), 1, 'marks')
      vim.cmd('normal q')
      same(vim.api.nvim_buf_is_valid(listing), false, 'the buffer')
      same(marked(source), {}, 'marks')
    end,
  },
  {
    'the state, for a statusline',
    function()
      wait('a state', function()
        return require('xdp_lsp').status():find('^short by')
      end)
    end,
  },
  {
    'what fits the program at the cursor',
    function()
      vim.api.nvim_set_current_win(source_window)
      harness.go_to('-300')
      vim.cmd('XdpFits')
      local text = harness.float('first')
      same(text:match('! i40e +short by %d+ +(%d+ of %d+)'), '152 of 192')
      harness.close_floats()
    end,
  },
  {
    'the page of what is found at the cursor, and of a code',
    function()
      vim.cmd('XdpExplain')
      wait('a page', function()
        return harness.text():find('# headroom-exceeded', 1, true)
      end)
      vim.cmd('close')
      vim.api.nvim_set_current_win(source_window)
      same(vim.fn.getcompletion('XdpExplain result', 'cmdline'), { 'result-unchecked' }, 'completion')
      vim.cmd('XdpExplain result-unchecked')
      wait('another page', function()
        return harness.text():find('# result-unchecked', 1, true)
      end)
      vim.cmd('close')
      vim.api.nvim_set_current_win(source_window)
      vim.cmd('XdpExplain nonsense')
      wait('a word', function()
        return harness.messages():find('there is no code nonsense')
      end)
    end,
  },
  {
    'targets that are picked, and back again',
    function()
      local function targets()
        return require('xdp_lsp.status').of(source).targets
      end
      same(targets(), 'mainstream')
      harness.choose('  mlx5_core ')
      vim.cmd('XdpTargets')
      wait('the targets', function()
        return targets() == 'mlx5_core'
      end)
      vim.cmd('XdpTargets!')
      wait('the targets as configured', function()
        return targets() == 'mainstream'
      end)
      vim.cmd('XdpTargets nonsense')
      wait('a word', function()
        return harness.messages():find('nonsense')
      end)
    end,
  },
  {
    'a configuration that is named, and one that is picked',
    function()
      local configured = '[[configuration]]\nname = "%s"\nflags = ["-DLENGTH=%d"]\n'
      harness.write('ways/.xdp-lsp.toml', configured:format('small', 16) .. configured:format('large', 300))
      vim.cmd('tabnew')
      local ways = harness.open('ways/ways.c', (TEXT:gsub('%-300', '-LENGTH')))
      harness.client(ways)
      local function chosen()
        local params = { textDocument = vim.lsp.util.make_text_document_params(ways) }
        local answer = require('xdp_lsp.client').answer_at_once('xdp-lsp/configurations', params)
        return answer and answer.chosen
      end
      wait('the configurations', function()
        return vim.deep_equal(require('xdp_lsp.configurations').complete(''), { 'small', 'large' })
      end)
      same(chosen(), 'small')
      vim.cmd('XdpConfiguration large')
      wait('the one that is named', function()
        return chosen() == 'large'
      end)
      harness.choose('  small ')
      vim.cmd('XdpConfiguration')
      wait('the one that is picked', function()
        return chosen() == 'small'
      end)
      vim.cmd('bwipeout')
    end,
  },
  {
    'the doctor',
    function()
      require('xdp_lsp').setup({ settings = { mcpu = 'v2' } })
      vim.cmd('XdpDoctor')
      local text = harness.text(report('xdp-lsp://doctor'))
      same(text:match('  mcpu +(%S+) %(editor%)'), 'v2')
      contains(text, 'two.c')
      contains(text, 'portable 152')
      vim.cmd('close')
    end,
  },
  {
    'the health',
    function()
      vim.cmd('checkhealth xdp_lsp')
      local text = harness.text()
      contains(text, 'bin/xdp-lsp serve` (PATH)')
      contains(text, 'The client is attached')
      contains(text, 'two.c')
      lacks(text, 'WARNING')
      lacks(text, 'ERROR')
      vim.cmd('bwipeout')
    end,
  },
  {
    'the log',
    function()
      vim.lsp.log.error('something') -- that there is one
      vim.cmd('XdpLog')
      contains(vim.api.nvim_buf_get_name(0), 'lsp.log')
      vim.cmd('close')
    end,
  },
})
