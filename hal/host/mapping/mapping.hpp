/** Memory and files at chosen addresses, and a file that one process uses at a time. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace hal::mapping {

/** Zeroed memory at `address`, a multiple of 4096, or anywhere if that is not free or 0; nullptr if there is none.
 * Pages cost nothing before they are written. */
void *memory(uintptr_t address, size_t size);

/** The first `size` bytes of an open file: what is written to one mapping, all others and the file see. At `address`,
 * or anywhere if that is not free or 0; nullptr if it cannot be mapped, for which errno has the reason. */
void *file(int fd, size_t size, bool writable, uintptr_t address = 0);

/** Pages of a file, read only, one after the other in the given order; nullptr if they cannot be mapped. */
void *file_pages(int fd, const int *pages, size_t count, size_t page_size);

/** Ends one of the three. */
void release(const void *mapped, size_t size);

/** Writes what a mapping of a file holds to the disk. */
void write_back(void *mapped, size_t size);

/** A file without a name that lies in memory and ends with the process; -1 if it cannot be made. */
int nameless_file(const char *purpose);

/**
 * Makes the process keep the memory that malloc() has had, and fetch it in large pieces, in which the kernel can use
 * huge pages. Loading a model fills megabytes; every first touch of a page of 4 kB costs as much as packing what it
 * holds. Call it before the first large block.
 */
void keep_process_memory();

/** Whether this process has the open file to itself until it closes it. EWOULDBLOCK: another one has. */
bool lock(int fd);

}  // namespace hal::mapping
