#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

const uint32_t FX_EPOLLIN = EPOLLIN, FX_EPOLLOUT = EPOLLOUT, FX_EPOLLRDHUP = EPOLLRDHUP, FX_EPOLLHUP = EPOLLHUP, FX_EPOLLERR = EPOLLERR,
               FX_EPOLLONESHOT = EPOLLONESHOT, FX_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;

int fx_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int fx_epoll_wait_one(int epoll, int timeout_milliseconds, uint32_t *events, uint64_t *data) {
    struct epoll_event event;
    int count = epoll_wait(epoll, &event, 1, timeout_milliseconds);
    if (count == 1) {
        *events = event.events;
        *data = event.data.u64;
    }
    return count;
}

int fx_epoll_add(int epoll, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int fx_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

int fx_epoll_remove(int epoll, int fd) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

int fx_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

void fx_thread_set_name(const char *name) { pthread_setname_np(pthread_self(), name); }

static sigset_t set_of(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    return set;
}

int fx_signal_descriptor(const int *signals, int count) {
    sigset_t set = set_of(signals, count);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int fx_signals_block(const int *signals, int count) {
    sigset_t set = set_of(signals, count);
    return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int fx_statfs(const char *path, uint64_t *magic, uint64_t *available_bytes, uint64_t *total_bytes) {
    struct statfs facts;
    if (statfs(path, &facts) != 0) return -1;
    *magic = (uint32_t)facts.f_type;
    *available_bytes = (uint64_t)facts.f_bavail * (uint64_t)facts.f_bsize;
    *total_bytes = (uint64_t)facts.f_blocks * (uint64_t)facts.f_bsize;
    return 0;
}

int fx_clock_is_synchronized(void) {
    struct timex facts = {0};
    if (adjtimex(&facts) < 0) return -1;
    return (facts.status & STA_UNSYNC) == 0;
}

int fx_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC); }

int fx_event_signal(int descriptor) { return eventfd_write(descriptor, 1); }

int fx_notify(const char *path, const char *state, int descriptor) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length < 2 || length >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, path, length);
    /* An abstract address (unix(7)). */
    if (path[0] == '@') address.sun_path[0] = 0;

    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (manager < 0) return -1;
    /* A manager that hangs must not hang us. */
    struct timeval patience = {.tv_sec = 1};
    setsockopt(manager, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

    struct iovec text = {.iov_base = (void *)state, .iov_len = strlen(state)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } rights = {0};
    struct msghdr message = {
        .msg_name = &address,
        .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length),
        .msg_iov = &text,
        .msg_iovlen = 1,
    };
    if (descriptor >= 0) {
        message.msg_control = rights.space;
        message.msg_controllen = sizeof rights.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    ssize_t sent = sendmsg(manager, &message, MSG_NOSIGNAL);
    int error = errno;
    close(manager);
    errno = error;
    return sent < 0 ? -1 : 0;
}

int fx_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int fx_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

static volatile int signal_pipe = -1;

static void write_signal(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe has told enough. */
    if (write(signal_pipe, &byte, 1) < 0) {
    }
    errno = error;
}

int fx_signals_to_pipe(const int *signals, int count, int writing_end) {
    signal_pipe = writing_end;
    struct sigaction action = {.sa_handler = write_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    /* Whoever started this process may have left them blocked. */
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) {
        if (sigaction(signals[i], &action, NULL) != 0) return -1;
        sigaddset(&set, signals[i]);
    }
    return pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 ? 0 : -1;
}
