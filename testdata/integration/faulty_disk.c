/* Preloaded by a test: something happens to a file whose name ends in "faulty" when it is read past 6 MiB.
   FAULT says what: "eio" (the disk cannot be read), "shrink" or "grow" (somebody writes to it). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t pread64(int fd, void *to, size_t n, off64_t at) {
    char link[64], path[4096];
    const char *fault = getenv("FAULT");
    if (fault && at > 6 << 20) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(link, path, sizeof path - 1);
        if (len > 6 && !memcmp(path + len - 6, "faulty", 6)) {
            path[len] = 0;
            if (!strcmp(fault, "eio")) {
                errno = EIO;
                return -1;
            }
            if (!strcmp(fault, "shrink"))
                (void)!truncate(path, 5 << 20);
            if (!strcmp(fault, "grow")) {
                int out = open(path, O_WRONLY | O_APPEND);
                if (lseek(out, 0, SEEK_END) < 20 << 20)
                    (void)!write(out, "{\"more\":1}\n", 11);
                close(out);
            }
        }
    }
    return syscall(SYS_pread64, fd, to, n, at);
}
