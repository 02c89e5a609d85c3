-- Drops header fields whose names have other marks than hyphens, as nginx and Apache do: lighttpd makes the same variable,
-- HTTP_X_AUTH_ACCOUNT, of X-Auth-Account, X_Auth_Account and X.Auth.Account.
local fields = lighty.r.req_header
local marked = {}
for name in pairs(fields) do
    if name:find("[^%w-]") then
        table.insert(marked, name)
    end
end
for _, name in ipairs(marked) do
    fields[name] = nil
end
