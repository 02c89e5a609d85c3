#ifndef POSTERN_CLINUX_SHIM_H
#define POSTERN_CLINUX_SHIM_H

// Linux calls that Swift's Glibc module leaves out.
#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

// Declared for GNU source only, which Swift does not ask for.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);

// prctl and syscall take variable arguments, which Swift cannot pass.
static inline int postern_prctl(int option, unsigned long argument, unsigned long second) {
    return prctl(option, argument, second, 0UL, 0UL);
}

// The variables of this process, as it was started. Swift refuses the global variable, which any thread may change.
static inline char *const *postern_environment(void) {
    extern char **environ;
    return environ;
}

// Takes the code and the constants of the program, which lie in one piece, out of the memory of this process. They come
// back from the file, or from the system's cache of it, when they are used.
static inline int postern_release_program(void) {
    extern const char __executable_start[], etext[];
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)__executable_start & ~(page - 1));
    size_t size = (uintptr_t)etext - (uintptr_t)start;
    // The kernel leaves alone what is locked; there is no secret in it.
    munlock(start, size);
    return madvise(start, size, MADV_DONTNEED);
}

// The number of processors that this process may run on: those of its affinity mask.
static inline int postern_processors(void) {
    unsigned long mask[128];
    // It returns the bytes that it wrote, or fails if the host has more processors than the mask has bits.
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    if (bytes <= 0) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    int count = 0;
    for (unsigned long index = 0; index < bytes / sizeof *mask; index++) count += __builtin_popcountl(mask[index]);
    return count;
}

// Drops the capabilities of this thread, and of those that it starts from now on.
static inline int postern_drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, none) == 0) return 0;
    // A sandbox may forbid the call if there is nothing to drop.
    int code = errno;
    struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, own) == 0 && own[0].permitted == 0 && own[1].permitted == 0) return 0;
    errno = code;
    return -1;
}

#endif
