-- The requests and the report of wrk. The argument, after `--`, is a FILE of requests, separated by
-- NUL bytes. The requests are sent in rotation; one of them may contain several pipelined ones.

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local requests = {}
  for request in file:read("*a"):gmatch("%Z+") do
    requests[#requests + 1] = request
  end
  file:close()
  -- wrk calls `format` once, after `init`, and reuses the result: no Lua code runs per request.
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
