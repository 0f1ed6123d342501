#include <stdio.h>
#include <stdint.h>
static int64_t mandelbrot(int64_t size, int64_t limit) {
  int64_t inside = 0;
  double step = 2.0 / (double)size;
  for (int64_t y = 0; y < size; y++) {
    double ci = (double)y * step - 1.0;
    for (int64_t x = 0; x < size; x++) {
      double cr = (double)x * step - 1.5, zr = 0, zi = 0;
      int64_t i = 0;
      while (i < limit && zr * zr + zi * zi <= 4.0) {
        double t = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci; zr = t; i++;
      }
      if (i == limit) inside++;
    }
  }
  return inside;
}
int main(void) { printf("%lld\n", (long long)mandelbrot(1500, 200)); return 0; }
