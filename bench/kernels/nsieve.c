#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdbool.h>
static int64_t sieve(int64_t n) {
  bool *flags = NULL; int64_t len = 0, cap = 0;
  for (int64_t i = 0; i <= n; i++) {
    if (len == cap) { cap = cap ? cap * 2 : 8; flags = realloc(flags, cap); }
    flags[len++] = true;
  }
  int64_t count = 0;
  for (int64_t i = 2; i <= n; i++)
    if (flags[i]) { count++; for (int64_t k = i + i; k <= n; k += i) flags[k] = false; }
  free(flags);
  return count;
}
int main(void) { for (int i = 0; i < 3; i++) printf("%lld\n", (long long)sieve(5000000)); return 0; }
