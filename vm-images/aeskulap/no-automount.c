/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lets GLib find files within strong walls. GLib asks for every file with AT_NO_AUTOMOUNT, which gVisor of 2022 refuses
 * as an invalid argument, so to programs of GTK no file would seem to be there. Nothing in a guest is mounted on demand:
 * without the flag the answer is the same, on every kernel.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
    if (real == NULL)
        _exit(127);
    return real(folder, path, flags & ~AT_NO_AUTOMOUNT, mask, found);
}
