/*
 * OpenSSL's password hash, over and over, and nothing else: the limit of login. Prints when each was done, in seconds.
 *
 * usage: hash scrypt:ln=15,r=8,p=3|argon2id:m=19456,t=2,p=1 THREADS SECONDS
 *
 * Ends with 3 where the loaded libcrypto does not have the algorithm.
 */
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { missing = 3 };

static unsigned ln, r, p, memory, passes, lanes;
static EVP_KDF *argon2id;
static double end;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int hash_once(unsigned char *output, size_t length)
{
    static char password[] = "a fine owner's passphrase";
    static unsigned char salt[16] = "salt of 16 bytes";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string("pass", password, strlen(password)),
        OSSL_PARAM_construct_octet_string("salt", salt, sizeof salt),
        OSSL_PARAM_construct_uint("memcost", &memory),
        OSSL_PARAM_construct_uint("iter", &passes),
        OSSL_PARAM_construct_uint("lanes", &lanes),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX *context;
    int done;

    if (argon2id == NULL)
        return EVP_PBE_scrypt(password, strlen(password), salt, sizeof salt, (uint64_t)1 << ln, r, p,
                              (uint64_t)1 << 30, output, length);
    context = EVP_KDF_CTX_new(argon2id);
    done = context != NULL && EVP_KDF_derive(context, output, length, parameters) == 1;
    EVP_KDF_CTX_free(context);
    return done;
}

static void *hash(void *unused)
{
    unsigned char output[32];

    (void)unused;
    while (now() < end) {
        if (!hash_once(output, sizeof output))
            exit(EXIT_FAILURE);
        printf("%.6f\n", now());
    }
    return NULL;
}

int main(int count, char **arguments)
{
    int threads = count == 4 ? atoi(arguments[2]) : 0;
    pthread_t thread[256];

    if (threads < 1 || threads > 256)
        return EXIT_FAILURE;
    if (sscanf(arguments[1], "argon2id:m=%u,t=%u,p=%u", &memory, &passes, &lanes) == 3) {
        if ((argon2id = EVP_KDF_fetch(NULL, "ARGON2ID", NULL)) == NULL)
            return missing;
    } else if (sscanf(arguments[1], "scrypt:ln=%u,r=%u,p=%u", &ln, &r, &p) != 3) {
        return EXIT_FAILURE;
    }
    end = now() + atof(arguments[3]);
    for (int index = 0; index < threads; index++)
        if (pthread_create(&thread[index], NULL, hash, NULL) != 0)
            return EXIT_FAILURE;
    for (int index = 0; index < threads; index++)
        pthread_join(thread[index], NULL);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
