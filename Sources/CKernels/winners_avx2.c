#if defined(__x86_64__)

#define LANES 8
#define REGISTERS 12
#include "winners.inc"

const ck_winners ck_winners_avx2 = {list, gather, scatter, REGISTERS * LANES};

#endif
