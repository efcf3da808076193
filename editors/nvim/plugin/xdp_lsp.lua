-- The commands; nothing else is loaded before one of them is used or a client is enabled.
if vim.g.loaded_xdp_lsp then
  return
end
vim.g.loaded_xdp_lsp = true

local function command(name, options, run)
  options.desc = 'xdp-lsp: ' .. options.desc
  vim.api.nvim_create_user_command(name, function(arguments)
    if vim.fn.has('nvim-0.10') == 0 then
      vim.notify('xdp-lsp: Neovim 0.10 or later is needed.', vim.log.levels.ERROR)
      return
    end
    run(require('xdp_lsp.commands'), arguments)
  end, options)
end

command('XdpBytecode', { desc = 'show the BPF code beside its source' }, function(commands, arguments)
  commands.bytecode(arguments.smods)
end)
command('XdpTargets', {
  desc = 'choose the targets that programs must fit',
  nargs = '*',
  bang = true,
  complete = function(lead)
    return require('xdp_lsp.targets').complete(lead)
  end,
}, function(commands, arguments)
  commands.targets(arguments.fargs, arguments.bang)
end)
command('XdpConfiguration', {
  desc = 'choose the configuration of the file to look at',
  nargs = '?',
  complete = function(lead)
    return require('xdp_lsp.configurations').complete(lead)
  end,
}, function(commands, arguments)
  commands.configuration(arguments.fargs[1])
end)
command('XdpFits', { desc = 'show the program at the cursor against each target' }, function(commands)
  commands.fits()
end)
command('XdpExplain', {
  desc = 'show the manual page of a code',
  nargs = '?',
  complete = function(lead)
    return require('xdp_lsp.manual').complete(lead)
  end,
}, function(commands, arguments)
  commands.explain(arguments.fargs[1], arguments.smods)
end)
command('XdpVerifierLog', { desc = 'show what the verifier log in this buffer refuses' }, function(commands)
  commands.verifier_log()
end)
command('XdpDoctor', { desc = 'show compiler, headers and settings' }, function(commands, arguments)
  commands.doctor(arguments.smods)
end)
command('XdpLog', { desc = "open Neovim's log of language servers" }, function(commands, arguments)
  commands.log(arguments.smods)
end)
command('XdpRestart', { desc = 'start the server anew' }, function(commands)
  commands.restart()
end)
