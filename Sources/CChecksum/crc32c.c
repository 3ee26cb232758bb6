#include "CChecksum.h"
#include <pthread.h>
#include <string.h>

/* Reflected form of the polynomial 0x1EDC6F41. */
#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
        table[0][byte] = crc;
    }
    for (int slice = 1; slice < 8; slice++)
        for (int byte = 0; byte < 256; byte++)
            table[slice][byte] = (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];
}

uint32_t fx_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    pthread_once(&table_once, fill_table);
    const uint8_t *next = bytes;
    crc = ~crc;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; count >= 8; next += 8, count -= 8) {
        uint32_t low, high;
        memcpy(&low, next, 4);
        memcpy(&high, next + 4, 4);
        low ^= crc;
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24]
            ^ table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^ table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
    }
#endif
    for (; count; next++, count--) crc = (crc >> 8) ^ table[0][(crc ^ *next) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

/* The instruction takes one word a cycle, but gives its result three cycles later: three parts side by side take as long as
 * one. What a part contributes is then moved past the parts behind it; moving is linear, so that the bytes of a checksum
 * are moved alone, by a table, and added up. */
#define LANE_BYTES 128

static uint32_t past_one_lane[4][256], past_two_lanes[4][256];
static pthread_once_t lanes_once = PTHREAD_ONCE_INIT;

static uint32_t past_zeros(uint32_t crc, size_t count) {
    while (count--) crc = (crc >> 8) ^ table[0][crc & 0xff];
    return crc;
}

static void fill_lanes(void) {
    pthread_once(&table_once, fill_table);
    for (int place = 0; place < 4; place++)
        for (uint32_t byte = 0; byte < 256; byte++) {
            past_one_lane[place][byte] = past_zeros(byte << 8 * place, LANE_BYTES);
            past_two_lanes[place][byte] = past_zeros(past_one_lane[place][byte], LANE_BYTES);
        }
}

static inline uint32_t past(uint32_t lanes[4][256], uint32_t crc) {
    return lanes[0][crc & 0xff] ^ lanes[1][(crc >> 8) & 0xff] ^ lanes[2][(crc >> 16) & 0xff] ^ lanes[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t wide = (uint32_t)~crc;
    if (count >= 3 * LANE_BYTES) pthread_once(&lanes_once, fill_lanes);
    for (; count >= 3 * LANE_BYTES; next += 3 * LANE_BYTES, count -= 3 * LANE_BYTES) {
        uint64_t second = 0, third = 0;
        for (const uint8_t *end = next + LANE_BYTES, *word = next; word < end; word += 8) {
            uint64_t words[3];
            memcpy(&words[0], word, 8);
            memcpy(&words[1], word + LANE_BYTES, 8);
            memcpy(&words[2], word + 2 * LANE_BYTES, 8);
            wide = _mm_crc32_u64(wide, words[0]);
            second = _mm_crc32_u64(second, words[1]);
            third = _mm_crc32_u64(third, words[2]);
        }
        wide = past(past_two_lanes, (uint32_t)wide) ^ past(past_one_lane, (uint32_t)second) ^ third;
    }
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; count; next++, count--) crc = _mm_crc32_u8(crc, *next);
    return ~crc;
}

uint32_t fx_crc32c(uint32_t crc, const void *bytes, size_t count) {
    return __builtin_cpu_supports("sse4.2") ? crc32c_instruction(crc, bytes, count)
                                            : fx_crc32c_portable(crc, bytes, count);
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t fx_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    crc = ~crc;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = __crc32cd(crc, word);
    }
    for (; count; next++, count--) crc = __crc32cb(crc, *next);
    return ~crc;
}
#else
uint32_t fx_crc32c(uint32_t crc, const void *bytes, size_t count) { return fx_crc32c_portable(crc, bytes, count); }
#endif
