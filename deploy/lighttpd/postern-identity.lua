-- Drops what a client says of who it is, and of the organization in which its role is looked up.
local names = { "X-Auth-Account", "X-Auth-User", "X-Auth-Org", "X-Auth-Email", "X-Auth-Roles", "X-Auth-Time", "X-Org" }
for _, name in ipairs(names) do
    lighty.r.req_header[name] = nil
end
