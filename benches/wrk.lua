-- What wrk sends and how it reports: `-- DEPTH SHAPE`, where SHAPE is `plain` or `browser`.

-- With Host, fifteen fields.
local browser = {
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Referer: http://localhost/a/page/that/links/here?with=a&query=string",
  "Connection: keep-alive",
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes",
  "Upgrade-Insecure-Requests: 1",
  "Sec-Fetch-Dest: document",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-User: ?1",
  "Priority: u=0, i",
  "Cache-Control: max-age=0",
}

function init(args)
  local depth, shape = tonumber(args[1]), args[2]
  -- Written here, because wrk's own formatting orders the fields differently in each process.
  local lines = { "GET " .. wrk.path .. " HTTP/1.1", "Host: " .. wrk.headers["Host"] }
  if shape == "browser" then
    for _, line in ipairs(browser) do
      lines[#lines + 1] = line
    end
  end
  local batch = string.rep(table.concat(lines, "\r\n") .. "\r\n\r\n", depth)
  -- wrk formats its request once, after `init`, and keeps it: Lua stays out of the loop.
  wrk.format = function() return batch end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "errors": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
