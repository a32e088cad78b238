-- What wrk sends and how it reports: `-- FILE`, whose requests a NUL byte separates. Where there is
-- one (of several pipelined ones, perhaps), it is sent again and again; several take turns.

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local requests = {}
  for request in file:read("*a"):gmatch("%Z+") do
    requests[#requests + 1] = request
  end
  file:close()
  -- wrk formats its request once, after `init`, and keeps it: Lua stays out of the loop.
  wrk.format = function() return requests[1] end
  if #requests > 1 then
    local turn = 0
    function request()
      turn = turn % #requests + 1
      return requests[turn]
    end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"amount": %d, "duration_us": %d, "errors": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
