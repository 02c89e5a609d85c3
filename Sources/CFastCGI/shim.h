#ifndef POSTERN_CFASTCGI_SHIM_H
#define POSTERN_CFASTCGI_SHIM_H

#include <fastcgi.h>
#include <fcgiapp.h>

// Linux calls that Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <pthread.h>

// Declared for GNU source only, which Swift does not ask for.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);

#endif
