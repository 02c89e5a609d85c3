/*
 * New sessions on PostgreSQL with the store's statements, each a round trip of its own: the way of a program without a
 * pipeline. Each thread has a connection. Prints how many in a second.
 *
 * usage: pgsessions CONNINFO THREADS SECONDS
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { most = 1000 };

struct statement {
    const char *name, *text;
};

static const struct statement statements[] = {
    {"lock", "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE"},
    {"account",
     "SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,"
     "    account.provider, account.state, account.roles, account.must_change_password, account.created_at,"
     "    account.password_hash, account.home_id, account.external_id,"
     "    \"user\".id, \"user\".organization_id, \"user\".name, \"user\".state, \"user\".roles, \"user\".created_at "
     "FROM account LEFT JOIN \"user\" ON \"user\".account_id = account.id "
     "WHERE account.id = $1 ORDER BY \"user\".created_at, \"user\".id"},
    {"session",
     "INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent) "
     "VALUES ($1, $2, $3, $4, $4, $5, '203.0.113.7', 'pgsessions')"},
    {"event",
     "INSERT INTO audit_event (id, sequence, time, kind, actor_id, credential, credential_id, account_id, target,"
     "    organization_id, address, request_id, details) "
     "SELECT $1, clock.microseconds << 10 | CAST(floor(random() * 1024) AS BIGINT), clock.microseconds / 1000000,"
     "    'login.succeeded', $2, 'none', NULL, $2, $3, $4, '203.0.113.7', '00000000000000000000000000000000', NULL "
     "FROM (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS microseconds) AS clock"},
};

static const char *conninfo;
static double end;
static char accounts[most][24];
static int number_of_accounts;
static _Atomic unsigned long done, turns;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Noreturn void fail(PGconn *connection)
{
    fprintf(stderr, "%s", PQerrorMessage(connection));
    exit(EXIT_FAILURE);
}

static void check(PGconn *connection, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted)
        fail(connection);
    PQclear(result);
}

static PGconn *connect_and_prepare(void)
{
    PGconn *connection = PQconnectdb(conninfo);

    if (PQstatus(connection) != CONNECTION_OK)
        fail(connection);
    for (size_t index = 0; index < sizeof statements / sizeof *statements; index++)
        check(connection, PQprepare(connection, statements[index].name, statements[index].text, 0, NULL),
              PGRES_COMMAND_OK);
    return connection;
}

static void run(PGconn *connection, const char *name, int count, const char *const *values, ExecStatusType wanted)
{
    check(connection, PQexecPrepared(connection, name, count, values, NULL, NULL, 1), wanted);
}

static void identifier(char *text)
{
    int64_t bits;

    if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        exit(EXIT_FAILURE);
    snprintf(text, 24, "%lld", (long long)bits);
}

static void hash(char *text)
{
    unsigned char bytes[32];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        exit(EXIT_FAILURE);
    strcpy(text, "\\x");
    for (size_t index = 0; index < sizeof bytes; index++)
        sprintf(text + 2 + 2 * index, "%02x", bytes[index]);
}

static void begin_session(PGconn *connection, const char *account)
{
    char id[24], event[24], token[80], start[24], expiry[24];
    const char *const one[] = {account};
    const char *const session[] = {id, token, account, start, expiry};
    const char *const entry[] = {event, account, id, NULL};

    identifier(id);
    identifier(event);
    hash(token);
    snprintf(start, sizeof start, "%lld", (long long)time(NULL));
    snprintf(expiry, sizeof expiry, "%lld", (long long)time(NULL) + 14 * 86400);
    check(connection, PQexec(connection, "BEGIN"), PGRES_COMMAND_OK);
    run(connection, "lock", 1, one, PGRES_TUPLES_OK);
    run(connection, "account", 1, one, PGRES_TUPLES_OK);
    run(connection, "session", 5, session, PGRES_COMMAND_OK);
    run(connection, "event", 4, entry, PGRES_COMMAND_OK);
    check(connection, PQexec(connection, "COMMIT"), PGRES_COMMAND_OK);
}

static void *work(void *unused)
{
    PGconn *connection = connect_and_prepare();

    (void)unused;
    while (now() < end) {
        begin_session(connection, accounts[turns++ * 2654435761 % (unsigned long)number_of_accounts]);
        done++;
    }
    PQfinish(connection);
    return NULL;
}

static void read_accounts(void)
{
    PGconn *connection = PQconnectdb(conninfo);
    PGresult *rows = PQexec(connection, "SELECT id FROM account WHERE email LIKE 'account%' LIMIT 1000");

    if (PQresultStatus(rows) != PGRES_TUPLES_OK || (number_of_accounts = PQntuples(rows)) == 0)
        fail(connection);
    for (int index = 0; index < number_of_accounts; index++)
        snprintf(accounts[index], sizeof *accounts, "%s", PQgetvalue(rows, index, 0));
    PQclear(rows);
    PQfinish(connection);
}

int main(int count, char **arguments)
{
    int threads = count == 4 ? atoi(arguments[2]) : 0;
    pthread_t thread[256];
    double start;

    if (threads < 1 || threads > 256)
        return EXIT_FAILURE;
    conninfo = arguments[1];
    read_accounts();
    start = now();
    end = start + atof(arguments[3]);
    for (int index = 0; index < threads; index++)
        if (pthread_create(&thread[index], NULL, work, NULL) != 0)
            return EXIT_FAILURE;
    for (int index = 0; index < threads; index++)
        pthread_join(thread[index], NULL);
    printf("%f\n", (double)done / (now() - start));
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
