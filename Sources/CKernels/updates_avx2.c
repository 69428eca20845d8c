#if defined(__x86_64__)

#define LANES 8
#include "updates.inc"

const ck_updates ck_updates_avx2 = UPDATES;

#endif
