#if defined(__aarch64__)

#define LANES 4
#define REGISTERS 24
#include "winners.inc"

const ck_winners ck_winners_neon = {list, gather, scatter, REGISTERS * LANES};

#endif
