/* A disk whose flush takes a millisecond, on a machine whose disk is faster.
 *
 * Group commit shares one flush among many commits. What that is worth depends on how long a
 * flush takes: a tenth of a millisecond where a controller's cache answers for the disk, one to
 * ten where nothing does. This library makes each flush take CANDOR_FLUSH_MICROS longer, for
 * candor and for the floor that it is measured against alike, so that the comparison can be made
 * on any machine. It is loaded with LD_PRELOAD; nothing else is changed.
 *
 * Flushes wait for each other, as they do in a disk's one queue. The file that
 * CANDOR_FLUSH_COUNT names, if any, gets a byte for each.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static long delay_micros = 1000;
static int count_fd = -1;

__attribute__((constructor)) static void configure(void) {
    const char *micros = getenv("CANDOR_FLUSH_MICROS");
    const char *count = getenv("CANDOR_FLUSH_COUNT");
    if (micros) delay_micros = atol(micros);
    if (count) count_fd = open(count, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void flush(void) {
    struct timespec delay = { delay_micros / 1000000, delay_micros % 1000000 * 1000 };
    pthread_mutex_lock(&disk);
    nanosleep(&delay, NULL);
    pthread_mutex_unlock(&disk);
    if (count_fd != -1 && write(count_fd, ".", 1) != 1) abort();
}

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
    flush();
    return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
    flush();
    return NEXT(fdatasync)(fd);
}

int sync_file_range(int fd, off64_t offset, off64_t nbytes, unsigned int flags) {
    /* Without waiting it flushes nothing: it only asks the kernel to begin. */
    if (flags & SYNC_FILE_RANGE_WAIT_AFTER) flush();
    return NEXT(sync_file_range)(fd, offset, nbytes, flags);
}
