--- The program that is started: where it is, what to type where it is not, and what is done when it dies.
local client = require('xdp_lsp.client')
local options = require('xdp_lsp.options')

local M = {}

local EXECUTABLE = 'xdp-lsp'
-- A server that dies more often than this within the time (milliseconds) is not started again.
local MOST_DEATHS, WITHIN = 3, 60 * 1000

--- The checkout that this plugin is a folder of; nil where it stands alone.
local function checkout()
  local here = vim.uv.fs_realpath(debug.getinfo(1, 'S').source:sub(2))
  local root = here and vim.fs.normalize(vim.fs.dirname(here) .. '/../../../..')
  root = root and vim.uv.fs_realpath(root)
  return root and vim.uv.fs_stat(root .. '/pyproject.toml') and root
end

--- What the user gave `vim.lsp.config` to start the server with: a list of words, or a function.
local function configured()
  local given = client.has_methods and vim.lsp.config[client.NAME].cmd
  return given ~= M.start and given or nil
end

--- How the server is started: as `vim.lsp.config` or the option `cmd` says, else `xdp-lsp` on PATH, else that of the
--- checkout's `.venv`.
--- @return string[]? command
--- @return string reason where it comes from, or why there is none
function M.command()
  local chosen, where = configured(), 'vim.lsp.config'
  if type(chosen) ~= 'table' then
    chosen, where = options.values.cmd, 'the option cmd'
  end
  if chosen and chosen[1] then
    local program = vim.fs.normalize(chosen[1])
    if vim.fn.executable(program) == 0 then
      return nil, ('%s names %s, which cannot be run'):format(where, chosen[1])
    end
    return vim.list_extend({ program }, chosen, 2), where
  end
  if vim.fn.executable(EXECUTABLE) == 1 then
    return { vim.fn.exepath(EXECUTABLE), 'serve' }, 'PATH'
  end
  local root = checkout()
  local own = root and root .. '/.venv/bin/' .. EXECUTABLE
  if own and vim.fn.executable(own) == 1 then
    return { own, 'serve' }, 'the checkout of this plugin'
  end
  return nil, EXECUTABLE .. ' is not on PATH'
end

--- What to type to get a server.
--- @return string
function M.remedy()
  local root = checkout()
  if root then
    local folder = vim.fn.fnamemodify(root, ':~')
    return ("cd %s && python3 -m venv .venv && .venv/bin/pip install -e '.[clang]'"):format(folder)
  end
  return ("pip install 'xdp-lsp[clang]', or name it: require('xdp_lsp').setup({ cmd = '/path/to/%s' })"):format(
    EXECUTABLE
  )
end

--- Whether there is a server to start. If not, that is said once.
function M.is_there()
  if type(configured()) == 'function' then
    return true -- the user's own affair
  end
  local command, reason = M.command()
  if not command then
    vim.notify_once(('xdp-lsp: no server: %s. To get one, type\n  %s'):format(reason, M.remedy()), vim.log.levels.WARN)
  end
  return command ~= nil
end

--- Starts it; the `cmd` of the client's configuration.
function M.start(dispatchers)
  return vim.lsp.rpc.start(assert(M.command()), dispatchers)
end

--- Runs another command of the same program; `on_end` gets what it printed, in lines.
--- @param arguments string[]
--- @param on_end fun(lines: string[], code: integer)
function M.run(arguments, on_end)
  local command, reason = M.command()
  if not command then
    client.warn(('no server: %s. To get one, type\n  %s'):format(reason, M.remedy()))
    return
  end
  local words = {}
  for _, word in ipairs(command) do
    if word == 'serve' then
      break
    end
    words[#words + 1] = word
  end
  local ok, failure = pcall(vim.system, vim.list_extend(words, arguments), { text = true }, function(done)
    vim.schedule(function()
      local text = vim.trim(done.stdout) ~= '' and done.stdout or done.stderr
      on_end(vim.split(text, '\n', { trimempty = true }), done.code)
    end)
  end)
  if not ok then
    client.warn(failure)
  end
end

--- Runs the doctor as the client of `bufnr` would have it, and on `file`, where there is one.
--- @param on_end fun(lines: string[], code: integer)
function M.doctor(bufnr, file, on_end)
  local one = client.of(bufnr)
  local settings = (one and one.settings or options.settings())[client.SECTION] or {}
  local arguments = { 'doctor', file }
  if next(settings) ~= nil then
    vim.list_extend(arguments, { '--editor', vim.json.encode(settings) })
  end
  M.run(arguments, on_end)
end

--- @type table<integer, true> clients that are stopped to be started again
local restarting = {}
--- @type integer[] when servers died
local deaths = {}

--- Stops a client, and starts it again when it is gone.
function M.restart(one)
  restarting[one.id] = true
  client.stop(one)
  -- One that does not answer is killed.
  vim.defer_fn(function()
    if restarting[one.id] then
      client.stop(one, true)
    end
  end, 3000)
end

local function attach_again()
  -- Neovim forgets a client in the event loop's next rounds.
  vim.schedule(function()
    vim.schedule(require('xdp_lsp.attach').all)
  end)
end

--- The client's `on_exit`.
function M.on_exit(code, signal, id)
  if restarting[id] then
    restarting[id] = nil
    attach_again()
    return
  end
  -- Neovim asks a server to end, or terminates it.
  if vim.v.exiting ~= vim.NIL or (code == 0 and signal == 0) or signal == vim.uv.constants.SIGTERM then
    return
  end
  local now = vim.uv.now()
  deaths = vim.tbl_filter(function(when)
    return now - when < WITHIN
  end, deaths)
  deaths[#deaths + 1] = now
  local how = signal ~= 0 and ('was killed by signal %d'):format(signal) or ('ended with status %d'):format(code)
  vim.schedule(function()
    if #deaths <= MOST_DEATHS then
      client.warn(('the server %s; it is started again'):format(how))
    else
      client.warn(
        ('the server %s, %d times within a minute. :XdpLog says more; :XdpRestart starts it again'):format(how, #deaths)
      )
    end
  end)
  if #deaths <= MOST_DEATHS then
    attach_again()
  end
end

--- Forgets what died before: the user starts it.
function M.forgive()
  deaths = {}
end

return M
