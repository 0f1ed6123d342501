/* Reset: copies data, clears bss, calls main. */
#include <stdint.h>
#include <string.h>

extern char data_start[], data_end[], data_from[], bss_start[], bss_end[], stack_top[];
int main(int argc, char **argv);

void reset(void) {
    memcpy(data_start, data_from, (uintptr_t)(data_end - data_start));
    memset(bss_start, 0, (uintptr_t)(bss_end - bss_start));
    main(0, 0);
    for (;;) {}
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {stack_top, (const void *)reset};
