/* The host: the C library. */

#include <stdio.h>

#include "port.h"

void say(const char *text) {
    fputs(text, stdout);
}

int main(void) {
    return learn();
}
