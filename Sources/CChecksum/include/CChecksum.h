#pragma once
#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli, RFC 3720 §12.1). `crc` is 0 to start with, or the result for the bytes before these. */
uint32_t fx_crc32c(uint32_t crc, const void *bytes, size_t count);
/* The same without the processor's instruction, for machines that lack it and for tests that hold one against the other. */
uint32_t fx_crc32c_portable(uint32_t crc, const void *bytes, size_t count);
