#define LANES 4
#include "windows.inc"

const ck_windows ck_windows_reference = WINDOWS;
