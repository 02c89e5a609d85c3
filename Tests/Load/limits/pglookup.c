/*
 * A verify of a session cookie on PostgreSQL, and no more: libfcgi's usual loop, each thread with a connection of its own,
 * one prepared lookup a request, parameters and results in binary.
 *
 * usage: pglookup SOCKET CONNINFO THREADS
 */
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char cookie_name[] = "__Host-postern_session=";

/* The store's own. */
static const char query[] =
    "SELECT account.id, account.email, account.must_change_password, account.roles,"
    "    \"user\".organization_id, \"user\".id, \"user\".roles,"
    "    session.id, session.expires_at, session.last_seen, NULL,"
    "    (SELECT count(*) FROM (SELECT 1 FROM organization LIMIT 2) AS few), NULL, session.created_at,"
    "    account.state = 'Active' "
    "FROM session "
    "JOIN account ON account.id = session.account_id "
    "LEFT JOIN \"user\" ON \"user\".id = ("
    "    SELECT id FROM \"user\" AS own WHERE own.account_id = account.id AND own.state = 'Active'"
    "    ORDER BY own.created_at, own.id LIMIT 1) "
    "WHERE session.token_hash = $1";

static int listener;
static const char *conninfo;

static uint64_t number(const PGresult *row, int column)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(row, 0, column);
    uint64_t value = 0;

    for (int length = PQgetlength(row, 0, column); length > 0; length--)
        value = value << 8 | *bytes++;
    return value;
}

static PGresult *look_up(PGconn *connection, const char *token, size_t length)
{
    unsigned char hash[32];
    const char *value = (const char *)hash;
    const int size = sizeof hash, format = 1;

    if (EVP_Digest(token, length, hash, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    return PQexecPrepared(connection, "principal", 1, &value, &size, &format, 1);
}

static void answer(FCGX_Request *request, PGconn *connection)
{
    const char *cookie = FCGX_GetParam("HTTP_COOKIE", request->envp);
    const char *token = cookie != NULL ? strstr(cookie, cookie_name) : NULL;
    const char *id = FCGX_GetParam("HTTP_X_REQUEST_ID", request->envp);
    const uint64_t now = (uint64_t)time(NULL);
    PGresult *row;

    if (token == NULL) {
        FCGX_FPrintF(request->out, "Status: 401 Unauthorized\r\n\r\n");
        return;
    }
    token += strlen(cookie_name);
    row = look_up(connection, token, strcspn(token, ";"));
    if (PQresultStatus(row) != PGRES_TUPLES_OK)
        FCGX_FPrintF(request->out, "Status: 503 Service Unavailable\r\n\r\n");
    else if (PQntuples(row) != 1 || number(row, 14) != 1 || number(row, 8) <= now || number(row, 9) <= now - 7 * 86400)
        FCGX_FPrintF(request->out, "Status: 401 Unauthorized\r\n\r\n");
    else
        FCGX_FPrintF(
            request->out,
            "Status: 204 No Content\r\nX-Auth-Account: acct_%016llx\r\nX-Auth-User: user_%016llx\r\n"
            "X-Auth-Org: org_%016llx\r\nX-Auth-Email: %.*s\r\nX-Auth-Roles: AppMember\r\nX-Request-Id: %s\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n",
            (unsigned long long)number(row, 0), (unsigned long long)number(row, 5), (unsigned long long)number(row, 4),
            PQgetlength(row, 0, 1), PQgetvalue(row, 0, 1), id != NULL ? id : "");
    PQclear(row);
}

static void *serve(void *unused)
{
    PGconn *connection = PQconnectdb(conninfo);
    FCGX_Request request;

    (void)unused;
    if (PQstatus(connection) != CONNECTION_OK
        || PQresultStatus(PQprepare(connection, "principal", query, 1, NULL)) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(connection));
        exit(EXIT_FAILURE);
    }
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        answer(&request, connection);
        FCGX_Finish_r(&request);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    int threads = count == 4 ? atoi(arguments[3]) : 0;
    pthread_t thread;

    if (threads < 1 || FCGX_Init() != 0 || (listener = FCGX_OpenSocket(arguments[1], 512)) < 0)
        return EXIT_FAILURE;
    conninfo = arguments[2];
    while (threads-- > 1)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return EXIT_FAILURE;
    serve(NULL);
    return EXIT_FAILURE;
}
