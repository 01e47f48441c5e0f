// The C library's header of this name comes with its 32-bit package. It lists functions that always fail; a check of
// formats needs none.
