-- What wrk sends: the requests of a file, one after the other, each thread from another one on. A line is method, path
-- and header fields, with tabs between them; what begins with a brace is the body. As the second argument "stamps" notes
-- when each answer came, which takes a single thread, and "pauses" has each connection wait before its next request.
--
-- It ends with one line of numbers. Which answers were no success is for nginx to log.

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } timespec;
int clock_gettime(int clock, timespec *time);
]]

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

local requests = {}
local last

local function prepare(line)
    local fields = {}
    for field in line:gmatch("[^\t]+") do table.insert(fields, field) end
    local headers, body = {}, nil
    for index = 3, #fields do
        local name, value = fields[index]:match("^([%w-]+): (.*)$")
        if name then headers[name] = value else body = fields[index] end
    end
    return wrk.format(fields[1], fields[2], headers, body)
end

function init(arguments)
    for line in io.lines(arguments[1]) do table.insert(requests, prepare(line)) end
    last = math.floor(number * #requests / 2) % #requests
    stamps = {}
    if arguments[2] == "pauses" then
        -- In milliseconds.
        function delay() return 6 end
    end
    if arguments[2] == "stamps" then
        local time = ffi.new("timespec")
        function response()
            ffi.C.clock_gettime(1, time)
            table.insert(stamps, tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9)
        end
    end
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("\nload %d %d %.6f %.6f %d", summary.requests, errors.status,
        summary.duration / 1e6, latency:percentile(99) / 1e6, errors.connect + errors.read + errors.write + errors.timeout))
    for _, stamp in ipairs(threads[1]:get("stamps")) do io.write(string.format(" %.6f", stamp)) end
    io.write("\n")
end
