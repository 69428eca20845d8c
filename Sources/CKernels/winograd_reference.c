#define LANES 4
#define TARGET
#include "winograd.inc"

const ck_winograd ck_winograd_reference = WINOGRAD;
