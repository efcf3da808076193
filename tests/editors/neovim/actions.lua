--- One action of each kind, applied to the programs of `tests/ide/actions/cases`, where the diffs say the same.
local harness = require('harness')
local same, wait = harness.same, harness.wait

local function read(name)
  return harness.read('tests/ide/actions/cases/' .. name)
end

local function replaced(text, old, new)
  local first, last = text:find(old, 1, true)
  assert(first, 'the text has no ' .. old)
  return text:sub(1, first - 1) .. new .. text:sub(last + 1)
end

local function run(title, part)
  harness.go_to(part)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title == title
    end,
  })
end

--- Applies the action `title` at the line of `part`: of each pair of texts, the first is to become the second.
local function apply(title, part, ...)
  local pairs_of_texts = { ... }
  return {
    title,
    function()
      local before = harness.text()
      local expected = before
      for _, texts in ipairs(pairs_of_texts) do
        expected = replaced(expected, texts[1], texts[2])
      end
      run(title, part)
      wait('a change', function()
        return harness.text() ~= before
      end)
      same(vim.diff(expected, harness.text()), '', 'what differs')
    end,
  }
end

--- Opens a case, and waits until something is found in the line of `part`.
local function open(case, part)
  return {
    'findings of ' .. case,
    function()
      local bufnr = harness.open(case, read(case))
      local row = harness.place(part)
      harness.diagnostics(bufnr, function(found)
        return vim.iter(found):any(function(one)
          return one.lnum == row
        end)
      end)
    end,
  }
end

--- Waits until a text was analysed with these targets, with that result.
local function settled(targets, state)
  local said
  wait(targets .. ': ' .. state, function()
    said = require('xdp_lsp.status').of(vim.api.nvim_get_current_buf())
    return said and said.targets == targets and said.state == state
  end)
end

local CHECK = '\tif (bytes & 3 || bytes > 128)\n\t\treturn XDP_DROP;\n\n'
local WHY = '\t/* a multiple of 4, and no more than fits */\n'

harness.run({
  open('order_and_sign.c', '(ctx, -length)'),
  apply(
    'Move the check of bytes before the call',
    '(ctx, -(int)bytes)',
    { WHY .. CHECK, '' },
    { '\t/* the outer headers */\n', WHY .. CHECK .. '\t/* the outer headers */\n' }
  ),
  apply(
    'Read tunnel->bytes once, and use what was checked',
    '-(int)tunnel->bytes',
    { 'find(ctx);\n\n\tif (!tunnel)\n\t\treturn XDP_PASS;\n\tif (tunnel->bytes', 'find(ctx);\n\t__u32 bytes;\n\n'
      .. '\tif (!tunnel)\n\t\treturn XDP_PASS;\n\tbytes = tunnel->bytes;\n\tif (bytes' },
    { '-(int)tunnel->bytes', '-(int)bytes' }
  ),
  apply('Check that length is not negative', '(ctx, -length)', { '(length > 64)', '(length < 0 || length > 64)' }),
  apply(
    'State that members prepends at most 64 bytes',
    'int members',
    { 'SEC("xdp")\nint members', '/* xdp-lsp: prepends at most 64 */\nSEC("xdp")\nint members' }
  ),
  {
    'saved, it fits',
    function()
      same(require('xdp_lsp').status():find('fits'), nil, 'fitting before it was saved')
      vim.cmd('silent write')
      wait('that it fits', function()
        return require('xdp_lsp').status():find('fits')
      end)
    end,
  },

  open('unchecked_kernel_style.c', '/* the tag */'),
  apply(
    'Check the result, and return -1 where the call fails',
    'bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr))',
    { '\tbpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr));', '\tif (bpf_xdp_adjust_head(ctx, '
      .. '-(int)sizeof(struct iphdr)))\n\t\treturn -1;' }
  ),
  apply(
    'Silence result-unchecked here, with a reason',
    '/* the tag */',
    { '\t\tbpf_xdp_adjust_head(ctx, -8);', '\t\t/* xdp-lsp: allow(result-unchecked) TODO: say why */\n'
      .. '\t\tbpf_xdp_adjust_head(ctx, -8);' }
  ),

  open('contracts.c', 'prepends at most 16'),
  apply('Promise 20 bytes instead of 16', 'prepends at most 16', { 'at most 16', 'at most 20' }),

  open('lengths.c', 'sizeof(struct iphdr) + labels)'),
  apply(
    'Lower the limit of labels from 200 to 132',
    'sizeof(struct iphdr) + labels)',
    { 'MAX_LABELS 200', 'MAX_LABELS 132' }
  ),
  apply(
    'Check that options is at most MAX_OPTIONS',
    'sizeof(struct udphdr) + options)',
    { 'options * 8;\n', 'options * 8;\n\tif (options > MAX_OPTIONS)\n\t\tgoto out;\n' }
  ),

  open('comments.c', 'headroom-exceded'),
  apply('Write headroom-exceeded', 'headroom-exceded', { 'headroom-exceded', 'headroom-exceeded' }),
  apply('Give a reason', 'allow(headroom-exceeded) */', { 'exceeded) */', 'exceeded) TODO: say why */' }),
  apply('Remove the comment, which silences nothing', 'it once was more', {
    '\t/* xdp-lsp: allow(headroom-exceeded) it once was more */\n', '',
  }),
  {
    'Leave targets out',
    function()
      vim.cmd('silent undo 0')
      vim.cmd('silent write')
      settled('mainstream', 'exceeds')
      run('Leave generic, i40e, ice, igb, ixgbe out of the targets', '-200')
      settled('igc, idpf, mlx4_en and 14 more', 'fits')
    end,
  },

  {
    'targets that are typed',
    function()
      harness.open('metadata.c', read('metadata.c'))
      harness.client(vim.api.nvim_get_current_buf())
      same(vim.fn.getcompletion('XdpTargets mlx5', 'cmdline')[1], 'mlx5_core', 'completion')
      vim.cmd('XdpTargets mlx5_core@6.12')
      settled('mlx5_core@6.12', 'fits')
    end,
  },
  apply('Round the metadata up to 8 bytes', '-6', { '-6', '-8' }),
})
