// What the C++ library asks of a system's threads (its <bits/gthr.h> includes this file). This machine runs one thread,
// so a lock only counts, and waiting for another thread would last for ever: it ends the app. With it, code that uses
// <mutex> and <thread> compiles as on a chip, whose C++ library stands on FreeRTOS.
#pragma once

#include <errno.h>
#include <time.h>

#define __GTHREADS 1
#define __GTHREADS_CXX0X 1
#define __GTHREAD_HAS_COND 1

typedef int __gthread_t;
typedef void *__gthread_key_t;
typedef int __gthread_once_t;
typedef int __gthread_mutex_t;
typedef int __gthread_recursive_mutex_t;
typedef int __gthread_cond_t;
typedef struct timespec __gthread_time_t;

#define __GTHREAD_ONCE_INIT 0
#define __GTHREAD_MUTEX_INIT 0
#define __GTHREAD_RECURSIVE_MUTEX_INIT 0
#define __GTHREAD_COND_INIT 0
#define __GTHREAD_TIME_INIT \
    { 0, 0 }

#ifdef __cplusplus
extern "C" {
#endif

/** Ends the app: `what` needs a second thread. */
__attribute__((noreturn)) void hal_needs_thread(const char *what);

static inline int __gthread_active_p(void) {
    return 1;
}
static inline __gthread_t __gthread_self(void) {
    return 1;
}
static inline int __gthread_equal(__gthread_t a, __gthread_t b) {
    return a == b;
}
static inline int __gthread_yield(void) {
    return 0;
}
static inline int __gthread_join(__gthread_t, void **) {
    hal_needs_thread("join()");
}
static inline int __gthread_detach(__gthread_t) {
    hal_needs_thread("detach()");
}

static inline int __gthread_once(__gthread_once_t *once, void (*function)(void)) {
    if (!*once) {
        *once = 1;
        function();
    }
    return 0;
}

static inline int __gthread_mutex_trylock(__gthread_mutex_t *mutex) {
    if (*mutex) {
        return EBUSY;
    }
    *mutex = 1;
    return 0;
}
static inline int __gthread_mutex_lock(__gthread_mutex_t *mutex) {
    if (__gthread_mutex_trylock(mutex)) {
        hal_needs_thread("lock() of a mutex that is taken");
    }
    return 0;
}
static inline int __gthread_mutex_unlock(__gthread_mutex_t *mutex) {
    *mutex = 0;
    return 0;
}
static inline int __gthread_mutex_timedlock(__gthread_mutex_t *mutex, const __gthread_time_t *) {
    return __gthread_mutex_trylock(mutex) ? ETIMEDOUT : 0;
}
static inline int __gthread_mutex_destroy(__gthread_mutex_t *) {
    return 0;
}

static inline int __gthread_recursive_mutex_lock(__gthread_recursive_mutex_t *mutex) {
    ++*mutex;
    return 0;
}
static inline int __gthread_recursive_mutex_trylock(__gthread_recursive_mutex_t *mutex) {
    return __gthread_recursive_mutex_lock(mutex);
}
static inline int __gthread_recursive_mutex_unlock(__gthread_recursive_mutex_t *mutex) {
    --*mutex;
    return 0;
}
static inline int __gthread_recursive_mutex_timedlock(__gthread_recursive_mutex_t *mutex, const __gthread_time_t *) {
    return __gthread_recursive_mutex_lock(mutex);
}
static inline int __gthread_recursive_mutex_destroy(__gthread_recursive_mutex_t *) {
    return 0;
}

static inline int __gthread_cond_signal(__gthread_cond_t *) {
    return 0;
}
static inline int __gthread_cond_broadcast(__gthread_cond_t *) {
    return 0;
}
static inline int __gthread_cond_wait(__gthread_cond_t *, __gthread_mutex_t *) {
    hal_needs_thread("wait()");
}
static inline int __gthread_cond_wait_recursive(__gthread_cond_t *, __gthread_recursive_mutex_t *) {
    hal_needs_thread("wait()");
}
static inline int __gthread_cond_timedwait(__gthread_cond_t *, __gthread_mutex_t *, const __gthread_time_t *) {
    return ETIMEDOUT;
}
static inline int __gthread_cond_destroy(__gthread_cond_t *) {
    return 0;
}

#ifdef __cplusplus
}
#endif
