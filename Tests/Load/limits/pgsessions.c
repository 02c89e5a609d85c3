/*
 * New sessions on PostgreSQL with the store's statements, each a round trip of its own: the way of a program without a
 * pipeline. The threads share as many connections as the store's do. With "pipelined" as the last word they go in two
 * round trips, as the store's do: what libpq can do at all. Prints how many in a second.
 *
 * usage: pgsessions CONNINFO THREADS CONNECTIONS SECONDS [pipelined]
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { most = 1000, most_threads = 256 };

struct statement {
    const char *name, *text;
    int parameters;
};

enum step { lock, account, trace, horizon, session, event };

/* The store's own, in its order. */
static const struct statement statements[] = {
    [lock] = {"lock", "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE", 1},
    [account] =
        {"account",
         "SELECT account.id, account.email, account.email_key, account.name, account.given_name, account.family_name,"
         "    account.provider, account.state, account.roles, account.must_change_password, account.created_at,"
         "    account.password_hash, account.home_id, account.external_id,"
         "    \"user\".id, \"user\".organization_id, \"user\".name, \"user\".state, \"user\".roles,"
         "    \"user\".created_at "
         "FROM account LEFT JOIN \"user\" ON \"user\".account_id = account.id "
         "WHERE account.id = $1 ORDER BY \"user\".created_at, \"user\".id",
         1},
    [trace] =
        {"trace",
         "SELECT pg_current_xact_id(),"
         "    CAST(CAST('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS BIT(32)) AS BIGINT)",
         0},
    [horizon] =
        {"horizon",
         "SELECT pg_advisory_xact_lock_shared((CAST(20563 AS BIGINT) << 48)"
         "    | CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT))",
         0},
    [session] =
        {"session",
         "INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent) "
         "VALUES ($1, $2, $3, $4, $4, $5, '203.0.113.7', 'pgsessions')",
         5},
    [event] =
        {"event",
         "INSERT INTO audit_event (id, sequence, time, kind, actor_id, credential, credential_id, account_id, target,"
         "    organization_id, address, request_id, details) "
         "SELECT $1, clock.microseconds << 10 | CAST(floor(random() * 1024) AS BIGINT), clock.microseconds / 1000000,"
         "    'login.succeeded', $2, 'none', NULL, $2, $3, coalesce("
         "        (SELECT organization_id FROM \"user\" WHERE account_id = $2 AND organization_id = $4),"
         "        (SELECT organization_id FROM \"user\" WHERE account_id = $2 ORDER BY created_at, id LIMIT 1), $4),"
         "    '203.0.113.7', '00000000000000000000000000000000', NULL "
         "FROM (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS microseconds) AS clock",
         4},
};

/* The values of one session, of which statements take the first ones, in text. */
struct values {
    char id[24], event[24], token[80], start[24], expiry[24];
};

static bool is_pipelined;
static double end;
static char accounts[most][24];
static int number_of_accounts;
static _Atomic unsigned long done, turns;

/* The connections that no thread has. */
static PGconn *idle[most_threads];
static int number_of_idle;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_idle = PTHREAD_COND_INITIALIZER;

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

static void check(PGconn *connection, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail(connection);
    PQclear(result);
}

static PGconn *connect_and_prepare(const char *conninfo)
{
    PGconn *connection = PQconnectdb(conninfo);

    if (PQstatus(connection) != CONNECTION_OK)
        fail(connection);
    check(connection, PQprepare(connection, "begin", "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL));
    check(connection, PQprepare(connection, "commit", "COMMIT", 0, NULL));
    for (size_t index = 0; index < sizeof statements / sizeof *statements; index++)
        check(connection, PQprepare(connection, statements[index].name, statements[index].text, 0, NULL));
    if (is_pipelined && PQenterPipelineMode(connection) != 1)
        fail(connection);
    return connection;
}

/* Runs a statement, or sends it with those that follow. */
static void run(PGconn *connection, const char *name, int count, const char *const *values)
{
    if (!is_pipelined)
        check(connection, PQexecPrepared(connection, name, count, values, NULL, NULL, 1));
    else if (PQsendQueryPrepared(connection, name, count, values, NULL, NULL, 1) != 1)
        fail(connection);
}

static void step(PGconn *connection, enum step step, const char *const *values)
{
    run(connection, statements[step].name, statements[step].parameters, values);
}

/* Takes the results of what was sent together: the end of a round trip. */
static void take(PGconn *connection, int count)
{
    if (!is_pipelined)
        return;
    if (PQpipelineSync(connection) != 1)
        fail(connection);
    while (count-- > 0) {
        check(connection, PQgetResult(connection));
        if (PQgetResult(connection) != NULL)
            fail(connection);
    }
    PQclear(PQgetResult(connection));
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

static void begin_session(PGconn *connection, const char *owner)
{
    struct values new;
    const char *const one[] = {owner};
    const char *const values[] = {new.id, new.token, owner, new.start, new.expiry};
    const char *const entry[] = {new.event, owner, new.id, NULL};

    identifier(new.id);
    identifier(new.event);
    hash(new.token);
    snprintf(new.start, sizeof new.start, "%lld", (long long)time(NULL));
    snprintf(new.expiry, sizeof new.expiry, "%lld", (long long)time(NULL) + 14 * 86400);
    run(connection, "begin", 0, NULL);
    step(connection, lock, one);
    step(connection, account, one);
    step(connection, trace, NULL);
    take(connection, 4);
    step(connection, horizon, NULL);
    step(connection, session, values);
    step(connection, event, entry);
    run(connection, "commit", 0, NULL);
    take(connection, 4);
}

static PGconn *borrow(void)
{
    PGconn *connection;

    pthread_mutex_lock(&mutex);
    while (number_of_idle == 0)
        pthread_cond_wait(&is_idle, &mutex);
    connection = idle[--number_of_idle];
    pthread_mutex_unlock(&mutex);
    return connection;
}

static void give_back(PGconn *connection)
{
    pthread_mutex_lock(&mutex);
    idle[number_of_idle++] = connection;
    pthread_mutex_unlock(&mutex);
    pthread_cond_signal(&is_idle);
}

static void *work(void *unused)
{
    (void)unused;
    while (now() < end) {
        PGconn *connection = borrow();

        begin_session(connection, accounts[turns++ * 2654435761 % (unsigned long)number_of_accounts]);
        give_back(connection);
        done++;
    }
    return NULL;
}

static void read_accounts(const char *conninfo)
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
    int threads = count >= 5 ? atoi(arguments[2]) : 0, connections = count >= 5 ? atoi(arguments[3]) : 0;
    pthread_t thread[most_threads];
    double start;

    if (threads < 1 || threads > most_threads || connections < 1 || connections > most_threads)
        return EXIT_FAILURE;
    is_pipelined = count > 5 && strcmp(arguments[5], "pipelined") == 0;
    read_accounts(arguments[1]);
    for (int index = 0; index < connections; index++)
        give_back(connect_and_prepare(arguments[1]));
    start = now();
    end = start + atof(arguments[4]);
    for (int index = 0; index < threads; index++)
        if (pthread_create(&thread[index], NULL, work, NULL) != 0)
            return EXIT_FAILURE;
    for (int index = 0; index < threads; index++)
        pthread_join(thread[index], NULL);
    printf("%f\n", (double)done / (now() - start));
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
