#ifndef POSTERN_CPOSTGRESQL_SHIM_H
#define POSTERN_CPOSTGRESQL_SHIM_H

#include <stddef.h>

// The functions of libpq in use, with the types that <libpq-fe.h> of libpq.so.5 gives them since PostgreSQL 14. The
// library is loaded at first use (DynamicLibrary), so that neither the build nor a host with SQLite has to have it:
// hence no #include and no link.

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

#pragma clang assume_nonnull begin

typedef void (*postern_pg_receiver)(void *_Nullable argument, const PGresult *_Nullable result);

typedef struct {
    int (*PQlibVersion)(void);

    PGconn *_Nullable (*PQconnectStartParams)(
        const char *_Nullable const *keywords, const char *_Nullable const *values, int expandsDatabase);
    int (*PQconnectPoll)(PGconn *connection);
    void (*PQfinish)(PGconn *connection);
    int (*PQstatus)(const PGconn *connection);
    int (*PQsocket)(const PGconn *connection);
    char *_Nullable (*PQerrorMessage)(const PGconn *connection);
    const char *_Nullable (*PQparameterStatus)(const PGconn *connection, const char *name);
    int (*PQserverVersion)(const PGconn *connection);
    int (*PQtransactionStatus)(const PGconn *connection);
    int (*PQsslInUse)(PGconn *connection);
    int (*PQsetErrorVerbosity)(PGconn *connection, int verbosity);
    postern_pg_receiver _Nullable (*PQsetNoticeReceiver)(
        PGconn *connection, postern_pg_receiver receiver, void *_Nullable argument);

    int (*PQsetnonblocking)(PGconn *connection, int isOn);
    int (*PQenterPipelineMode)(PGconn *connection);
    int (*PQsendPrepare)(
        PGconn *connection, const char *name, const char *sql, int count, const unsigned int *_Nullable types);
    int (*PQsendQueryPrepared)(
        PGconn *connection, const char *name, int count, const char *_Nullable const *_Nullable values,
        const int *_Nullable lengths, const int *_Nullable formats, int resultFormat);
    int (*PQsendQueryParams)(
        PGconn *connection, const char *sql, int count, const unsigned int *_Nullable types,
        const char *_Nullable const *_Nullable values, const int *_Nullable lengths, const int *_Nullable formats,
        int resultFormat);
    int (*PQpipelineSync)(PGconn *connection);
    int (*PQflush)(PGconn *connection);
    int (*PQconsumeInput)(PGconn *connection);
    int (*PQisBusy)(PGconn *connection);
    PGresult *_Nullable (*PQgetResult)(PGconn *connection);

    void (*PQclear)(PGresult *result);
    int (*PQresultStatus)(const PGresult *result);
    char *_Nullable (*PQresultErrorField)(const PGresult *result, int field);
    char *_Nullable (*PQcmdStatus)(PGresult *result);
    char *_Nullable (*PQcmdTuples)(PGresult *result);
    int (*PQntuples)(const PGresult *result);
    int (*PQnfields)(const PGresult *result);
    unsigned int (*PQftype)(const PGresult *result, int column);
    int (*PQfformat)(const PGresult *result, int column);
    int (*PQgetisnull)(const PGresult *result, int row, int column);
    int (*PQgetlength)(const PGresult *result, int row, int column);
    char *_Nullable (*PQgetvalue)(const PGresult *result, int row, int column);
} postern_libpq;

#pragma clang assume_nonnull end

#endif
