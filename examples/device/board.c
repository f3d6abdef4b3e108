/* A Cortex-M4: where it begins, and a debugger (or QEMU) that writes for it. */

#include <stdint.h>

#include "port.h"

extern uint32_t stack_top[], bss_begin[], bss_end[];

void begin(void);

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
    (uintptr_t)stack_top,
    (uintptr_t)begin,
};

/* Asks whoever debugs the board: 4 writes a text, 0x18 ends. */
static void ask(int what, const void *with) {
    register int r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = with;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text) {
    ask(4, text);
}

void begin(void) {
    *(volatile uint32_t *)0xe000ed88 |= 0xf << 20; /* the floating-point unit is on */
    __asm__ volatile("dsb\n\tisb");
    for (uint32_t *word = bss_begin; word < bss_end; word++) *word = 0;
    ask(0x18, (const void *)(uintptr_t)(learn() == 0 ? 0x20026 : 0x20023));
    for (;;) {
    }
}
