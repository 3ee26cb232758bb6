#define _GNU_SOURCE
#include "CEpoll.h"
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

const uint32_t FX_EPOLLIN = EPOLLIN, FX_EPOLLRDHUP = EPOLLRDHUP, FX_EPOLLHUP = EPOLLHUP, FX_EPOLLERR = EPOLLERR,
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
