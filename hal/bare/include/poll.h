// esp_vfs.h includes it; newlib has none. There is nothing to poll.
#pragma once

typedef unsigned nfds_t;

struct pollfd {
    int fd;
    short events;
    short revents;
};
