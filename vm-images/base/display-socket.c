/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lets Xvnc make its socket where the folder comes from another kernel. Xvnc binds the socket so that nobody may
 * connect, and changes its mode afterwards. Within strong walls (gVisor) a socket's mode cannot be changed once it is
 * there, and Xvnc gives up.
 *
 * Preloaded, this makes the display's socket with its final mode from the first moment, and answers the change of mode,
 * for this one path, with success. Everything else is passed on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_PATH "/run/display/vnc.sock"
/* Everybody may connect: the folder is the door. */
#define FORBIDDEN_MODE 0111

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        _exit(127);
    return found;
}

static int is_display(const struct sockaddr *address, socklen_t length) {
    const struct sockaddr_un *local = (const struct sockaddr_un *) address;
    return address->sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path)
        && strncmp(local->sun_path, SOCKET_PATH, length - offsetof(struct sockaddr_un, sun_path)) == 0;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = next("bind");
    if (!is_display(address, length))
        return real(fd, address, length);
    mode_t mask = umask(FORBIDDEN_MODE);
    int result = real(fd, address, length);
    umask(mask);
    return result;
}

int chmod(const char *path, mode_t mode) {
    int (*real)(const char *, mode_t) = next("chmod");
    return strcmp(path, SOCKET_PATH) == 0 ? 0 : real(path, mode);
}
