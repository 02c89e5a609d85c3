/*
 * One verify of a session cookie as a CGI program: the same libraries linked, the database opened, the same row looked
 * up, and no more.
 */
#include <fcgiapp.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char cookie_name[] = "__Host-postern_session=";

static const char query[] =
    "SELECT account.id, account.email, account.must_change_password, account.roles,"
    "    user.organization_id, user.id, user.roles, session.id, session.expires_at, session.last_seen "
    "FROM session "
    "JOIN account ON account.id = session.account_id "
    "LEFT JOIN user ON user.id = ("
    "    SELECT id FROM user AS own WHERE own.account_id = account.id AND own.state = 'Active'"
    "    ORDER BY own.created_at, own.id LIMIT 1) "
    "WHERE session.token_hash = ? AND session.expires_at > ? AND session.last_seen > ? AND account.state = 'Active'";

static sqlite3_stmt *look_up(sqlite3 *database, const char *token)
{
    unsigned char hash[32];
    time_t now = time(NULL);
    sqlite3_stmt *statement;

    if (EVP_Digest(token, strlen(token), hash, NULL, EVP_sha256(), NULL) != 1
        || sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_blob(statement, 1, hash, sizeof hash, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, now);
    sqlite3_bind_int64(statement, 3, now - 12 * 3600);
    return sqlite3_step(statement) == SQLITE_ROW ? statement : NULL;
}

int main(void)
{
    const char *cookie = getenv("HTTP_COOKIE"), *file = getenv("POSTERN_DATABASE");
    sqlite3 *database;
    sqlite3_stmt *row;

    if (!FCGX_IsCGI() || cookie == NULL || file == NULL || strncmp(cookie, cookie_name, strlen(cookie_name)) != 0
        || sqlite3_open_v2(file, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK
        || (row = look_up(database, cookie + strlen(cookie_name))) == NULL)
        return EXIT_FAILURE;
    printf("Status: 204 No Content\r\nX-Auth-Account: acct_%016llx\r\nX-Auth-User: user_%016llx\r\n"
           "X-Auth-Org: org_%016llx\r\nX-Auth-Email: %s\r\n\r\n",
           sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 5), sqlite3_column_int64(row, 4),
           sqlite3_column_text(row, 1));
    sqlite3_finalize(row);
    sqlite3_close(database);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
