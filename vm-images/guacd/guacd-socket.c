/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Makes guacd 1.3.0 listen on a Unix socket. guacd itself can only listen on TCP, which its guest may not use and which
 * costs every join tens of milliseconds (Nagle's algorithm against delayed acknowledgements, even on the loopback).
 *
 * Preloaded, this stands before three functions of the C library and changes only the first internet socket that the
 * program binds: that one is made as a Unix socket, bound to SOCKET_PATH whatever address it was to have, and appears
 * there when it listens. Nothing else changes: accept() and everything after it do not care what kind of socket it is,
 * and the connection to the display is a Unix socket already.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_PATH "/run/guacd/guacd.sock"
/* The socket's name until it listens, in the same folder so that it can be renamed. */
#define HIDDEN_PATH "/run/guacd/.guacd.sock"
/* Everybody may connect: the folder is the door. */
#define FORBIDDEN_MODE 0111
/* guacd asks for 5. A browser's join that finds the queue full would fail at once, unlike with TCP. */
#define BACKLOG 64

/* The socket that guacd accepts connections on; -1 as long as there is none. */
static int listener = -1;
static int bound = 0;

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        _exit(127);
    return found;
}

/* The first process of a guest has no default action for signals: without a handler nothing but SIGKILL would end it. */
static void end(int signal_number) {
    (void) signal_number;
    _exit(0);
}

int socket(int domain, int type, int protocol) {
    int (*real)(int, int, int) = next("socket");
    if (bound || (domain != AF_INET && domain != AF_INET6))
        return real(domain, type, protocol);
    return listener = real(AF_UNIX, type, 0);
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = next("bind");
    if (fd != listener || bound)
        return real(fd, address, length);

    const struct sockaddr_un hidden = { .sun_family = AF_UNIX, .sun_path = HIDDEN_PATH };
    unlink(HIDDEN_PATH);
    mode_t mask = umask(FORBIDDEN_MODE);
    int result = real(fd, (const struct sockaddr *) &hidden, sizeof(hidden));
    umask(mask);
    bound = result == 0;
    return result;
}

int listen(int fd, int backlog) {
    int (*real)(int, int) = next("listen");
    if (fd != listener || !bound)
        return real(fd, backlog);

    signal(SIGTERM, end);
    signal(SIGINT, end);
    if (real(fd, BACKLOG) != 0)
        return -1;
    /* Whoever sees the socket can connect to it: it replaces one that an earlier guacd may have left. */
    return rename(HIDDEN_PATH, SOCKET_PATH);
}
