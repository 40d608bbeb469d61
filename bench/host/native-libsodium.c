/*
 * libsodium as a process of its own: it reads one order a line and answers with one line, so that the benchmark can have it take
 * its turn in every round.
 *
 *   verify N      verifies N signatures, going on through the cases; answers the nanoseconds of all
 *   sha256 B N    hashes B bytes N times; the same
 *   sha512 B N
 *   check         answers how many of the cases are valid
 *   digest256 B   answers the digest of the B bytes that are hashed, in hexadecimal
 *   digest512 B
 *
 * The one argument names a file of cases: key (32 bytes), signature (64), length of the message (u32, little-endian), message.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASES_MAX 1024
#define MESSAGE_BYTES_MAX 65536

struct signed_case {
    unsigned char key[32];
    unsigned char signature[64];
    size_t message_bytes;
    unsigned char *message;
};

static struct signed_case cases[CASES_MAX];
static size_t case_count;
static unsigned char message[MESSAGE_BYTES_MAX];
/* Read by nobody: a digest that is thrown away might not be computed. */
static volatile unsigned char sink;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int read_cases(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char length[4];
    if (file == NULL) return -1;
    while (case_count < CASES_MAX && fread(cases[case_count].key, 32, 1, file) == 1) {
        struct signed_case *it = &cases[case_count];
        if (fread(it->signature, 64, 1, file) != 1 || fread(length, 4, 1, file) != 1) return -1;
        it->message_bytes = (size_t)length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16;
        it->message = malloc(it->message_bytes + 1);
        if (it->message == NULL) return -1;
        if (fread(it->message, 1, it->message_bytes, file) != it->message_bytes) return -1;
        case_count++;
    }
    fclose(file);
    return case_count > 0 ? 0 : -1;
}

static int is_valid(const struct signed_case *it)
{
    return crypto_sign_verify_detached(it->signature, it->message, it->message_bytes, it->key) == 0;
}

static uint64_t verify(unsigned long times)
{
    static size_t next;
    uint64_t begun = now_ns();
    for (unsigned long i = 0; i < times; i++) {
        sink = (unsigned char)is_valid(&cases[next]);
        next = (next + 1) % case_count;
    }
    return now_ns() - begun;
}

static uint64_t hash(int bits, size_t bytes, unsigned long times)
{
    unsigned char digest[64];
    uint64_t begun = now_ns();
    for (unsigned long i = 0; i < times; i++) {
        if (bits == 256) crypto_hash_sha256(digest, message, bytes);
        else crypto_hash_sha512(digest, message, bytes);
        sink = digest[0];
    }
    return now_ns() - begun;
}

static void print_digest(int bits, size_t bytes)
{
    unsigned char digest[64];
    if (bits == 256) crypto_hash_sha256(digest, message, bytes);
    else crypto_hash_sha512(digest, message, bytes);
    for (int i = 0; i < bits / 8; i++) printf("%02x", digest[i]);
    printf("\n");
}

/* The same bytes as hashMessage of hash-peer.ts. */
static void fill_message(void)
{
    for (size_t i = 0; i < MESSAGE_BYTES_MAX; i++) message[i] = (unsigned char)(i * 167 + (i >> 8) * 13 + 5);
}

int main(int argc, char **argv)
{
    char line[128];
    unsigned long bytes, times;
    int bits;
    if (argc != 2 || sodium_init() < 0 || read_cases(argv[1]) != 0) {
        fprintf(stderr, "usage: native-libsodium FILE-OF-CASES\n");
        return 2;
    }
    fill_message();
    printf("%s\n", sodium_version_string());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint64_t answer = 0;
        if (sscanf(line, "digest%d %lu", &bits, &bytes) == 2 && bytes <= MESSAGE_BYTES_MAX) {
            print_digest(bits, bytes);
            fflush(stdout);
            continue;
        }
        if (strcmp(line, "check\n") == 0) {
            for (size_t i = 0; i < case_count; i++) answer += (uint64_t)is_valid(&cases[i]);
        } else if (sscanf(line, "verify %lu", &times) == 1) {
            answer = verify(times);
        } else if (sscanf(line, "sha%d %lu %lu", &bits, &bytes, &times) == 3 && bytes <= MESSAGE_BYTES_MAX) {
            answer = hash(bits, bytes, times);
        } else {
            return 2;
        }
        printf("%" PRIu64 "\n", answer);
        fflush(stdout);
    }
    return 0;
}
