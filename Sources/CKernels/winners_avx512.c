#if defined(__x86_64__)

#define LANES 16
#define REGISTERS 12
#include "winners.inc"

const ck_winners ck_winners_avx512 = {list, gather, scatter, REGISTERS * LANES};

#endif
