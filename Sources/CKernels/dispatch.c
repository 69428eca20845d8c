#define _GNU_SOURCE // sched_getaffinity
#include "CKernels.h"
#if defined(__linux__)
#include <sched.h>
#endif

int ck_isa_available(ck_isa isa) {
    switch (isa) {
    case CK_REFERENCE:
        return 1;
#if defined(__x86_64__)
    // These ask the cpu and, through XCR0, whether the operating system saves the registers.
    case CK_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CK_AVX512:
        __builtin_cpu_init();
#if defined(CK_EMULATED_AVX512) // its kernels, compiled to instructions of AVX2: for tests where the machine has no more
        return ck_isa_available(CK_AVX2);
#endif
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma");
#if defined(__linux__)
    case CK_AMX:
        __builtin_cpu_init();
        return ck_isa_available(CK_AVX512) && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
               ck_unit_allowed();
#endif
#elif defined(__aarch64__)
    case CK_NEON: // part of every 64-bit ARM
        return 1;
#endif
    default:
        return 0;
    }
}

ck_gemm ck_gemm_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
#if defined(__linux__)
    case CK_AMX:
        return (ck_gemm){
            ck_gemm_avx512, ck_gemm_row_avx512, ck_list_avx2, ck_gemm_listed_avx512, ck_gemm_pooled_avx512, 12,
            32, ck_unit_amx};
#endif
    case CK_AVX512:
        return (ck_gemm){
            ck_gemm_avx512, ck_gemm_row_avx512, ck_list_avx2, ck_gemm_listed_avx512, ck_gemm_pooled_avx512, 12,
            32, {0, 0}};
    case CK_AVX2:
        return (ck_gemm){
            ck_gemm_avx2, ck_gemm_row_avx2, ck_list_avx2, ck_gemm_listed_avx2, ck_gemm_pooled_avx2, 6, 16, {0, 0}};
#elif defined(__aarch64__)
    case CK_NEON:
        return (ck_gemm){
            ck_gemm_neon, ck_gemm_row_neon, ck_list_reference, ck_gemm_listed_neon, 0, 8, 8, {0, 0}};
#endif
    default:
        return (ck_gemm){
            ck_gemm_reference, ck_gemm_row_reference, ck_list_reference, ck_gemm_listed_reference, 0, 4, 8, {0, 0}};
    }
}

ck_winograd ck_winograd_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_AMX:
    case CK_AVX512:
        return ck_winograd_avx512;
    case CK_AVX2:
        return ck_winograd_avx2;
#elif defined(__aarch64__)
    case CK_NEON:
        return ck_winograd_neon;
#endif
    default:
        return ck_winograd_reference;
    }
}

ck_windows ck_windows_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_AMX:
    case CK_AVX512:
        return ck_windows_avx512;
    case CK_AVX2:
        return ck_windows_avx2;
#elif defined(__aarch64__)
    case CK_NEON:
        return ck_windows_neon;
#endif
    default:
        return ck_windows_reference;
    }
}

ck_winners ck_winners_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_AMX:
    case CK_AVX512:
        return ck_winners_avx512;
    case CK_AVX2:
        return ck_winners_avx2;
#elif defined(__aarch64__)
    case CK_NEON:
        return ck_winners_neon;
#endif
    default:
        return ck_winners_reference;
    }
}

ck_functions ck_functions_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_AMX:
    case CK_AVX512:
        return ck_functions_avx512;
    case CK_AVX2:
        return ck_functions_avx2;
#elif defined(__aarch64__)
    case CK_NEON:
        return ck_functions_neon;
#endif
    default:
        return ck_functions_reference;
    }
}

ck_updates ck_updates_for(ck_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_AMX:
    case CK_AVX512:
        return ck_updates_avx512;
    case CK_AVX2:
        return ck_updates_avx2;
#elif defined(__aarch64__)
    case CK_NEON:
        return ck_updates_neon;
#endif
    default:
        return ck_updates_reference;
    }
}

int ck_allowed_cores(void) {
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    return 0;
}
