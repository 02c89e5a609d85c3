// Tells the thread sanitizer what it cannot see: how threads that have to wait for one of Swift's Mutex hand it on. The
// rest of Mutex is compiled into the code that uses it, and is seen; these functions are in a library that is not
// instrumented. To be preloaded (Tests/Sanitizers/run).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))

// Not there in the programs that only start the tests.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

SWIFT void postern_lock(uint32_t thread, CONTEXT void *mutex) __asm__(LOCK);
SWIFT bool postern_try_lock(CONTEXT void *mutex) __asm__(TRY_LOCK);
SWIFT void postern_unlock(CONTEXT void *mutex) __asm__(UNLOCK);

typedef SWIFT void (*Lock)(uint32_t, CONTEXT void *);
typedef SWIFT bool (*TryLock)(CONTEXT void *);
typedef SWIFT void (*Unlock)(CONTEXT void *);

SWIFT void postern_lock(uint32_t thread, CONTEXT void *mutex) {
    ((Lock)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT bool postern_try_lock(CONTEXT void *mutex) {
    bool is_locked = ((TryLock)dlsym(RTLD_NEXT, TRY_LOCK))(mutex);
    if (is_locked && __tsan_acquire) __tsan_acquire(mutex);
    return is_locked;
}

SWIFT void postern_unlock(CONTEXT void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    ((Unlock)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
