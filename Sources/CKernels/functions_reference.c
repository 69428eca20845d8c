#define LANES 4
#define TARGET
#include "functions.inc"

const ck_functions ck_functions_reference = FUNCTIONS;
