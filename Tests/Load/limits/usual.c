/*
 * The constant on libfcgi's usual loop: each thread blocks in FCGX_Accept_r.
 *
 * usage: usual SOCKET THREADS
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>

#include "answer.h"

static int listener;

static void *serve(void *unused)
{
    FCGX_Request request;

    (void)unused;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutStr(answer, sizeof answer - 1, request.out);
        FCGX_Finish_r(&request);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    int threads = count == 3 ? atoi(arguments[2]) : 0;
    pthread_t thread;

    if (threads < 1 || FCGX_Init() != 0 || (listener = FCGX_OpenSocket(arguments[1], 512)) < 0)
        return EXIT_FAILURE;
    while (threads-- > 1)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return EXIT_FAILURE;
    serve(NULL);
    return EXIT_FAILURE;
}
