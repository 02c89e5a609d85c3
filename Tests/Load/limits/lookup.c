/*
 * The row of an account by its email address, through SQLite's own interface, over and over: the limit of login's lookup.
 * Prints how many in a second.
 *
 * usage: lookup DATABASE SECONDS ACCOUNTS
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char query[] = "SELECT id, state, password_hash FROM account WHERE email_key = ?";

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int look_up(sqlite3_stmt *statement, unsigned long account)
{
    char key[64];
    int found;

    snprintf(key, sizeof key, "account%07lu@example.com", account);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
    found = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 2) != NULL;
    sqlite3_reset(statement);
    return found;
}

int main(int count, char **arguments)
{
    unsigned long accounts = count == 4 ? strtoul(arguments[3], NULL, 10) : 0, turn = 0;
    sqlite3 *database;
    sqlite3_stmt *statement;
    double start = now();

    if (accounts == 0
        || sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK)
        return EXIT_FAILURE;
    /* Far from one another, as StoreLoad's. */
    for (; now() < start + atof(arguments[2]); turn++)
        if (!look_up(statement, turn * 2654435761 % accounts))
            return EXIT_FAILURE;
    printf("%f\n", (double)turn / (now() - start));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
