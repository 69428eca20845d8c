#define LANES 4
#include "functions.inc"

const ck_functions ck_functions_reference = FUNCTIONS;
