#ifndef POSTERN_CLIBFUZZER_SHIM_H
#define POSTERN_CLIBFUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer's own main, for a program that has one already. It is declared in no header.
extern int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*target)(const uint8_t *data, size_t size));

#endif
