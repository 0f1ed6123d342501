#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
typedef struct Tree { struct Tree *left, *right; } Tree;
static Tree *make(int64_t depth) {
  Tree *t = malloc(sizeof *t);
  if (depth == 0) { t->left = t->right = NULL; return t; }
  t->left = make(depth - 1); t->right = make(depth - 1);
  return t;
}
static int64_t check(const Tree *t) { return t->left ? check(t->left) + check(t->right) + 1 : 1; }
static void drop(Tree *t) { if (t->left) { drop(t->left); drop(t->right); } free(t); }
int main(void) {
  int64_t most = 16;
  Tree *t = make(most + 1);
  printf("%lld\n", (long long)check(t));
  drop(t);
  Tree *long_lived = make(most);
  for (int64_t depth = 4; depth <= most; depth += 4) {
    int64_t iterations = (int64_t)1 << (most - depth + 4), total = 0;
    for (int64_t i = 0; i < iterations; i++) { t = make(depth); total += check(t); drop(t); }
    printf("%lld %lld %lld\n", (long long)iterations, (long long)depth, (long long)total);
  }
  printf("%lld\n", (long long)check(long_lived));
  return 0;
}
