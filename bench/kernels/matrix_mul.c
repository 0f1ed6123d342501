#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
static double **matrix(int64_t n, double seed) {
  double **rows = malloc(n * sizeof *rows), t = seed / (double)n / (double)n;
  for (int64_t i = 0; i < n; i++) { rows[i] = malloc(n * 8); for (int64_t j = 0; j < n; j++) rows[i][j] = t * (double)(i - j) * (double)(i + j); }
  return rows;
}
static double **multiply(double **a, double **b, int64_t n) {
  double **c = malloc(n * sizeof *c);
  for (int64_t i = 0; i < n; i++) {
    c[i] = malloc(n * 8);
    for (int64_t j = 0; j < n; j++) { double sum = 0; for (int64_t k = 0; k < n; k++) sum += a[i][k] * b[k][j]; c[i][j] = sum; }
  }
  return c;
}
int main(void) {
  int64_t n = 500;
  double **c = multiply(matrix(n, 1.0), matrix(n, 2.0), n);
  printf("%.17g\n%.17g\n", c[n / 2][n / 2], c[1][n - 1]);
  return 0;
}
