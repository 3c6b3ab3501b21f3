/* A slower disk for the benches, which preload this: every fsync and fdatasync takes SEKISHO_SLOW_SYNC_US
 * microseconds more, as on a disk that really writes. Nothing else uses it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static struct timespec more;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void start(void) {
    const char *text = getenv("SEKISHO_SLOW_SYNC_US");
    long micros = text ? atol(text) : 0;
    more.tv_sec = micros / 1000000;
    more.tv_nsec = micros % 1000000 * 1000;
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
}

int fsync(int fd) {
    nanosleep(&more, NULL);
    return real_fsync(fd);
}

int fdatasync(int fd) {
    nanosleep(&more, NULL);
    return real_fdatasync(fd);
}
