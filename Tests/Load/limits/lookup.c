/*
 * The row of an account by its email address, through SQLite's own interface, over and over: the limit of login's lookup.
 * Prints how many in a second.
 *
 * usage: lookup DATABASE THREADS SECONDS ACCOUNTS
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char query[] = "SELECT id, state, password_hash FROM account WHERE email_key = ?";

static const char *file;
static unsigned long accounts;
static double end;
/* Far from one another, as StoreLoad's. */
static atomic_ulong turns, done;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int look_up(sqlite3_stmt *statement)
{
    unsigned long turn = atomic_fetch_add(&turns, 1) * 2654435761 % accounts;
    char key[64];
    int found;

    snprintf(key, sizeof key, "account%07lu@example.com", turn);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
    found = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 2) != NULL;
    sqlite3_reset(statement);
    return found;
}

static void *look_up_until_end(void *unused)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    unsigned long count = 0;

    (void)unused;
    if (sqlite3_open_v2(file, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK)
        exit(EXIT_FAILURE);
    for (; now() < end; count++)
        if (!look_up(statement))
            exit(EXIT_FAILURE);
    atomic_fetch_add(&done, count);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return NULL;
}

int main(int count, char **arguments)
{
    int threads = count == 5 ? atoi(arguments[2]) : 0;
    pthread_t thread[256];
    double start = now();

    if (threads < 1 || threads > 256 || (accounts = strtoul(arguments[4], NULL, 10)) == 0)
        return EXIT_FAILURE;
    file = arguments[1];
    end = start + atof(arguments[3]);
    for (int index = 0; index < threads; index++)
        if (pthread_create(&thread[index], NULL, look_up_until_end, NULL) != 0)
            return EXIT_FAILURE;
    for (int index = 0; index < threads; index++)
        pthread_join(thread[index], NULL);
    printf("%f\n", (double)atomic_load(&done) / (now() - start));
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
