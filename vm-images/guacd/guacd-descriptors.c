/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Keeps guacd 1.3.0 from closing what is not its own. When somebody has left, the thread that waited for their process
 * shuts that process's socket down and closes it (guacd_proc_stop), frees what it kept, and closes the same number once
 * more (guacd_route_connection). In between somebody else may have come and got the number: about every two hundredth
 * join while others leave was cut off or never answered.
 *
 * Preloaded, this takes the second of the two closes away. Only in guacd itself, and not in the processes that it makes
 * for each connection: what they close is their own business, and they end right after.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>

static pid_t guacd;
static int (*real_close)(int);
static int (*real_shutdown)(int, int);

/* What this thread has shut down both ways; -1 when there is nothing. */
static _Thread_local int stopped = -1;
static _Thread_local int is_closed;

__attribute__((constructor)) static void begin(void) {
    guacd = getpid();
    *(void **) &real_close = dlsym(RTLD_NEXT, "close");
    *(void **) &real_shutdown = dlsym(RTLD_NEXT, "shutdown");
    if (real_close == NULL || real_shutdown == NULL)
        _exit(127);
}

int shutdown(int fd, int how) {
    stopped = how == SHUT_RDWR && getpid() == guacd ? fd : -1;
    is_closed = 0;
    return real_shutdown(fd, how);
}

int close(int fd) {
    if (fd < 0 || fd != stopped || getpid() != guacd)
        return real_close(fd);
    if (!is_closed) {
        is_closed = 1;
        return real_close(fd);
    }
    stopped = -1;
    return 0;
}
