/* Preloaded by a test: writes to the file SYNC_LOG what is brought to the disk and what is renamed, in that order.
   FAULT=fsync: nothing can be brought to the disk. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *what, const char *path) {
    const char *log = getenv("SYNC_LOG");
    char line[8192];
    int out = log ? open(log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (out >= 0) {
        int n = snprintf(line, sizeof line, "%s %s\n", what, path);
        (void)!write(out, line, n);
        close(out);
    }
}

int fsync(int fd) {
    char link[64], path[4096];
    const char *fault = getenv("FAULT");
    if (fault && !strcmp(fault, "fsync")) {
        errno = EIO;
        return -1;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = 0;
    say("sync", path);
    return syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    say("rename", to);
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
