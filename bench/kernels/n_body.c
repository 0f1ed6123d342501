#include <stdio.h>
#include <stdint.h>
typedef struct { double x, y, z, vx, vy, vz, mass; } Body;
static double sqrt_newton(double x) { double r = x > 1.0 ? x / 2.0 : 1.0; for (int i = 0; i < 12; i++) r = (r + x / r) * 0.5; return r; }
static void advance(Body *bodies, int64_t n, double dt) {
  for (int64_t i = 0; i < n; i++) {
    Body *a = &bodies[i];
    for (int64_t j = i + 1; j < n; j++) {
      Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z, d2 = dx * dx + dy * dy + dz * dz;
      double mag = dt / (d2 * sqrt_newton(d2));
      a->vx -= dx * b->mass * mag; a->vy -= dy * b->mass * mag; a->vz -= dz * b->mass * mag;
      b->vx += dx * a->mass * mag; b->vy += dy * a->mass * mag; b->vz += dz * a->mass * mag;
    }
  }
  for (int64_t i = 0; i < n; i++) { Body *b = &bodies[i]; b->x += dt * b->vx; b->y += dt * b->vy; b->z += dt * b->vz; }
}
static double energy(const Body *bodies, int64_t n) {
  double e = 0;
  for (int64_t i = 0; i < n; i++) {
    const Body *a = &bodies[i];
    e = e + 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int64_t j = i + 1; j < n; j++) {
      const Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      e = e - a->mass * b->mass / sqrt_newton(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}
int main(void) {
  Body bodies[5] = { {0, 0, 0, 0, 0, 0, 39.5}, {4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.037}, {8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011},
    {12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017}, {15.4, -25.9, 0.2, 0.98, 0.6, -0.03, 0.002} };
  printf("%.17g\n", energy(bodies, 5));
  for (int i = 0; i < 1000000; i++) advance(bodies, 5, 0.001);
  printf("%.17g\n", energy(bodies, 5));
  return 0;
}
