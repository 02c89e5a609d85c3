-- Withholds what an application answers to a request about which Postern was not asked, or not for a role: mod_proxy or
-- mod_scgi stands before mod_fastcgi in server.modules, or another setting of the location has replaced one of Postern's.
local request = lighty.r
local is_asked = request.req_env["AUTH_ACCOUNT"] and request.req_env["POSTERN_IS_ASKED"]
if not is_asked and request.req_item.http_status < 400 then
    request.resp_body:set({})
    return 500
end
