#include <stdio.h>
#include <stdint.h>
int main(void) {
  int64_t n = 10, perm1[16], perm[16], count[16], max_flips = 0, checksum = 0, r = n;
  for (int64_t i = 0; i < n; i++) perm1[i] = i;
  for (int64_t index = 0;; index++) {
    for (; r != 1; r--) count[r - 1] = r;
    for (int64_t i = 0; i < n; i++) perm[i] = perm1[i];
    int64_t flips = 0;
    for (int64_t k; (k = perm[0]) != 0; flips++)
      for (int64_t lo = 0, hi = k; lo < hi; lo++, hi--) { int64_t t = perm[lo]; perm[lo] = perm[hi]; perm[hi] = t; }
    if (flips > max_flips) max_flips = flips;
    checksum += index % 2 == 0 ? flips : -flips;
    for (;;) {
      if (r == n) { printf("%lld\n%lld\n", (long long)checksum, (long long)max_flips); return 0; }
      int64_t first = perm1[0];
      for (int64_t i = 0; i < r; i++) perm1[i] = perm1[i + 1];
      perm1[r] = first;
      if (--count[r] > 0) break;
      r++;
    }
  }
}
