#include "mapping/mapping.hpp"

#include <malloc.h>
#include <sys/file.h>
#include <sys/mman.h>

namespace hal::mapping {

namespace {

void *map(uintptr_t address, size_t size, int protection, int flags, int fd) {
    if (address != 0) {
        void *const wanted = reinterpret_cast<void *>(address);
        void *mapped = mmap(wanted, size, protection, flags | MAP_FIXED_NOREPLACE, fd, 0);
        if (mapped == wanted) {
            return mapped;
        }
        if (mapped != MAP_FAILED) {  // a kernel that takes the address as a hint only
            munmap(mapped, size);
        }
    }
    void *mapped = mmap(nullptr, size, protection, flags, fd, 0);
    return mapped == MAP_FAILED ? nullptr : mapped;
}

}  // namespace

void *memory(uintptr_t address, size_t size) {
    return map(address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

void *file(int fd, size_t size, bool writable, uintptr_t address) {
    return map(address, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd);
}

void *file_pages(int fd, const int *pages, size_t count, size_t page_size) {
    const size_t bytes = count * page_size;
    void *space = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) {
        return nullptr;
    }
    for (size_t i = 0; i < count; i++) {
        void *at = static_cast<uint8_t *>(space) + i * page_size;
        const off_t offset = static_cast<off_t>(pages[i]) * static_cast<off_t>(page_size);
        if (mmap(at, page_size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED) {
            munmap(space, bytes);
            return nullptr;
        }
    }
    return space;
}

void release(const void *mapped, size_t size) {
    munmap(const_cast<void *>(mapped), size);
}

void write_back(void *mapped, size_t size) {
    msync(mapped, size, MS_SYNC);
}

int nameless_file(const char *purpose) {
    return memfd_create(purpose, MFD_CLOEXEC);
}

void keep_process_memory() {
#ifdef __GLIBC__
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    // Larger blocks are mappings of their own, as before.
    mallopt(M_MMAP_THRESHOLD, 16 << 20);
#endif
}

bool lock(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace hal::mapping
