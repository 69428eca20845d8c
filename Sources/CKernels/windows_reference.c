#define LANES 4
#define TARGET
#include "windows.inc"

const ck_windows ck_windows_reference = WINDOWS;
