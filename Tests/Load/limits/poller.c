/*
 * The constant on a loop of our own: all threads wait on one epoll that holds the listening socket and every kept
 * connection, and hand a connection to libfcgi when there is something to read on it.
 *
 * usage: poller SOCKET THREADS
 */
#define _GNU_SOURCE
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "answer.h"

static int listener, poller;

static void watch(int operation, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = descriptor};

    if (epoll_ctl(poller, operation, descriptor, &event) != 0)
        abort();
}

static void answer_on(FCGX_Request *request, int connection)
{
    int kept;

    request->ipcFd = connection;
    request->keepConnection = 1;
    request->listen_sock = -1;
    FCGX_Detach(request);
    if (FCGX_Accept_r(request) != 0)
        return;
    FCGX_PutStr(answer, sizeof answer - 1, request->out);
    FCGX_Finish_r(request);
    kept = request->ipcFd;
    request->ipcFd = -1;
    if (kept >= 0)
        watch(EPOLL_CTL_MOD, kept);
}

static void *serve(void *unused)
{
    FCGX_Request request;
    struct epoll_event event;
    int connection;

    (void)unused;
    FCGX_InitRequest(&request, -1, 0);
    for (;;) {
        if (epoll_wait(poller, &event, 1, -1) != 1)
            continue;
        if (event.data.fd != listener) {
            answer_on(&request, event.data.fd);
            continue;
        }
        connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        watch(EPOLL_CTL_MOD, listener);
        if (connection >= 0)
            watch(EPOLL_CTL_ADD, connection);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    int threads = count == 3 ? atoi(arguments[2]) : 0;
    pthread_t thread;

    if (threads < 1 || FCGX_Init() != 0 || (listener = FCGX_OpenSocket(arguments[1], 512)) < 0)
        return EXIT_FAILURE;
    if ((poller = epoll_create1(EPOLL_CLOEXEC)) < 0)
        return EXIT_FAILURE;
    /* libfcgi catches it, to end a wait of its own. */
    signal(SIGTERM, SIG_DFL);
    watch(EPOLL_CTL_ADD, listener);
    while (threads-- > 1)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return EXIT_FAILURE;
    serve(NULL);
    return EXIT_FAILURE;
}
