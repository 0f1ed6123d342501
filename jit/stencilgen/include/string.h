/* Stencils are compiled without a C library. */
#ifndef STENCIL_STRING_H
#define STENCIL_STRING_H
#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#endif
