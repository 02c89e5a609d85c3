/* The constant that the responders answer: as long, and with as many fields, as Postern's answer to a verify. */
static const char answer[] =
    "Status: 204 No Content\r\n"
    "X-Auth-Account: acct_0123456789abcdef\r\n"
    "X-Auth-User: user_0123456789abcdef\r\n"
    "X-Auth-Org: org_0123456789abcdef\r\n"
    "X-Auth-Email: account0123456@example.com\r\n"
    "X-Auth-Roles: AppMember\r\n"
    "X-Request-Id: 0123456789abcdef0123456789abcdef\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "\r\n";
