#define _GNU_SOURCE
#include "CLinux.h"
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/vfs.h>

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

int fx_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC); }

int fx_event_signal(int descriptor) { return eventfd_write(descriptor, 1); }
