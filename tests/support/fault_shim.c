/* Faults that a process can only meet from below: preloaded into a gateway by the fault tests, and into nothing
 * else. It is driven by a file of 64-bit words that both sides map:
 *
 *   0  seconds that the wall clock is off
 *   1  the errno of every write to a file of the database's folder, or 0
 *   2  how many fsyncs of such a file still succeed before one fails with EIO, plus 1; or 0
 *   3  how many fsyncs there were, from the failed one on (written here)
 *   4  1: each fsync keeps a copy of what it made durable, beside the file, as NAME.durable
 *   5  1: only fsyncs of the database itself count for 2, not those of its log: that is, checkpoints
 *   6  how many writes to such a file failed (written here)
 *
 * SEKISHO_SHIM_WORDS names that file, SEKISHO_SHIM_FOLDER the database's folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_OFF, WRITE_ERRNO, SYNCS_LEFT, SYNCS_AFTER, KEEP_COPIES, CHECKPOINTS_ONLY, WRITES_FAILED, WORDS };

static volatile int64_t *words;
static const char *folder;

__attribute__((constructor)) static void start(void) {
    const char *file = getenv("SEKISHO_SHIM_WORDS");
    folder = getenv("SEKISHO_SHIM_FOLDER");
    if (!file || !folder) {
        return;
    }
    int fd = open(file, O_RDWR);
    if (fd < 0) {
        return;
    }
    void *map = mmap(NULL, WORDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    words = map == MAP_FAILED ? NULL : map;
    close(fd);
}

/* Whether a descriptor is of a file in the folder; its name goes to `path`. */
static int is_ours(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = 0;
    /* Not the folder itself: SQLite syncs it too, and pays no heed to the answer. */
    return strncmp(path, folder, strlen(folder)) == 0 && path[strlen(folder)] == '/';
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(clock, now);
    if (words && clock == CLOCK_REALTIME) {
        now->tv_sec += words[CLOCK_OFF];
    }
    return result;
}

static int refused(int fd) {
    char path[4096];
    if (words && words[WRITE_ERRNO] && is_ours(fd, path, sizeof path)) {
        words[WRITES_FAILED]++;
        errno = (int)words[WRITE_ERRNO];
        return 1;
    }
    return 0;
}

/* Counts a write that the kernel refused, or took only a part of. */
static ssize_t noted(int fd, size_t count, ssize_t result) {
    char path[4096];
    int why = errno;
    if (words && result < (ssize_t)count && is_ours(fd, path, sizeof path)) {
        words[WRITES_FAILED]++;
    }
    errno = why;
    return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) {
        real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    }
    return refused(fd) ? -1 : noted(fd, count, real(fd, bytes, count));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) {
        real = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    }
    return refused(fd) ? -1 : noted(fd, count, real(fd, bytes, count, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

/* Copies through the very descriptor: another one, closed again, would drop the database's locks. */
static void keep_copy(int fd, const char *path) {
    char copy[4200], draft[4200], buffer[65536];
    snprintf(copy, sizeof copy, "%s.durable", path);
    snprintf(draft, sizeof draft, "%s.draft", path);
    int to = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0) {
        return;
    }
    off_t at = 0;
    for (ssize_t got; (got = pread(fd, buffer, sizeof buffer, at)) > 0; at += got) {
        if (write(to, buffer, (size_t)got) != got) {
            break;
        }
    }
    close(to);
    rename(draft, copy);
}

static int ends_in(const char *path, const char *end) {
    size_t length = strlen(path), wanted = strlen(end);
    return length >= wanted && strcmp(path + length - wanted, end) == 0;
}

static int synced(int fd, int (*real)(int)) {
    char path[4096];
    if (!words || !is_ours(fd, path, sizeof path)) {
        return real(fd);
    }
    if (words[CHECKPOINTS_ONLY] && !ends_in(path, ".db")) {
        return real(fd);
    }
    if (words[SYNCS_LEFT] == 1) {
        words[SYNCS_AFTER]++;
        if (words[SYNCS_AFTER] == 1) {
            errno = EIO;
            return -1;
        }
    } else if (words[SYNCS_LEFT] > 1) {
        words[SYNCS_LEFT]--;
    }
    int result = real(fd);
    struct stat about;
    if (result == 0 && words[KEEP_COPIES] && fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        keep_copy(fd, path);
    }
    return result;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    }
    return synced(fd, real);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    }
    return synced(fd, real);
}
