#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdbool.h>
static double entry(int64_t i, int64_t j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }
static void times(const double *v, double *out, int64_t n, bool transposed) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0;
    if (transposed) for (int64_t j = 0; j < n; j++) sum += entry(j, i) * v[j];
    else for (int64_t j = 0; j < n; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}
int main(void) {
  int64_t n = 1500;
  double *u = malloc(n * 8), *v = malloc(n * 8), *t = malloc(n * 8);
  for (int64_t i = 0; i < n; i++) { u[i] = 1; v[i] = 0; t[i] = 0; }
  for (int i = 0; i < 10; i++) { times(u, t, n, false); times(t, v, n, true); times(v, t, n, false); times(t, u, n, true); }
  double vbv = 0, vv = 0;
  for (int64_t i = 0; i < n; i++) { vbv += u[i] * v[i]; vv += v[i] * v[i]; }
  printf("%.17g\n", vbv / vv);
  return 0;
}
