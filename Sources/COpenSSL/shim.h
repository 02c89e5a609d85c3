#ifndef POSTERN_COPENSSL_SHIM_H
#define POSTERN_COPENSSL_SHIM_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

// Computes SHA-256 into 32 bytes.
//
// SHA256_Init and its kin need no provider. EVP loads the configuration and the default provider at first use, 5 of the
// 36 million instructions of a verify that runs as a process of its own. OpenSSL 3 calls these functions deprecated;
// if a later version has none, EVP takes their place.
static inline int postern_sha256(const void *bytes, size_t count, unsigned char *digest) {
#if OPENSSL_VERSION_MAJOR < 4 && !defined(OPENSSL_NO_DEPRECATED_3_0)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    SHA256_CTX context;
    return SHA256_Init(&context) == 1 && SHA256_Update(&context, bytes, count) == 1
        && SHA256_Final(digest, &context) == 1;
#pragma GCC diagnostic pop
#else
    return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL);
#endif
}

#endif
