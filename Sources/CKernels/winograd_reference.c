#define LANES 4
#include "winograd.inc"

const ck_winograd ck_winograd_reference = WINOGRAD;
