#ifndef POSTERN_CSQLITE_SHIM_H
#define POSTERN_CSQLITE_SHIM_H

#include <sqlite3.h>

// Swift calls no variadic C.

/// Turns a setting of a connection on or off (SQLITE_DBCONFIG_…).
static inline int postern_sqlite3_set(sqlite3 *connection, int setting, int isOn) {
    return sqlite3_db_config(connection, setting, isOn, (int *)0);
}

// Swift sees no macro that is a cast.

/// Binds a text, of which SQLite keeps a copy.
static inline int postern_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/// Binds a blob, of which SQLite keeps a copy.
static inline int postern_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

#endif
