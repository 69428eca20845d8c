#define LANES 4
#include "updates.inc"

const ck_updates ck_updates_reference = UPDATES;
