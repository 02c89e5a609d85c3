#ifndef POSTERN_CARGON2_SHIM_H
#define POSTERN_CARGON2_SHIM_H

#include <stddef.h>
#include <stdint.h>

// The parameters of a computation, as <argon2.h> of libargon2.so.1 declares them. The library is loaded at first use
// (DynamicLibrary), so that neither the build nor a host that does not need it has to have it: hence no #include.
typedef struct {
    uint8_t *out;
    uint32_t outlen;
    uint8_t *pwd;
    uint32_t pwdlen;
    uint8_t *salt;
    uint32_t saltlen;
    uint8_t *secret;
    uint32_t secretlen;
    uint8_t *ad;
    uint32_t adlen;
    uint32_t t_cost;
    uint32_t m_cost;
    uint32_t lanes;
    uint32_t threads;
    uint32_t version;
    int (*allocate_cbk)(uint8_t **memory, size_t bytes);
    void (*free_cbk)(uint8_t *memory, size_t bytes);
    uint32_t flags;
} postern_argon2_context;

#endif
