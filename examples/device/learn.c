/* Two networks that learn: the same program for the board and for the host. */

#include "digits.h"
#include "linear_unit.h"
#include "port.h"

static const struct {
    unsigned char pixels[64], label; /* 0 to 16 */
} samples[] = {
#include "samples.inc"
};

enum { SAMPLES = sizeof samples / sizeof *samples, EPOCHS = 4 };

static double workspace[DIGITS_WORKSPACE_BYTES / 8 + 8]; /* the linear unit needs less */
static float W1[64 * 256], b1[256], W2[256 * 10], b2[10];
static float dW1[64 * 256], db1[256], dW2[256 * 10], db2[10];

/* Says a number with six decimals, without a line of the C library. */
static void say_number(double number) {
    char text[24];
    int at = sizeof text - 1, place = 0;
    long long millionths = (long long)(number * 1e6 + 0.5);
    text[at] = 0;
    do {
        text[--at] = (char)('0' + millionths % 10);
        millionths /= 10;
        if (++place == 6) text[--at] = '.';
    } while (millionths > 0 || place < 7);
    say(text + at);
    say("\n");
}

/* A number between -1 and 1: integers, which are the same everywhere. */
static float drawn(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(int32_t)(state >> 8) / 8388608.0f - 1.0f;
}

static void step(float *values, const float *slopes, int count, float rate) {
    for (int i = 0; i < count; i++) values[i] -= rate * slopes[i];
}

static int learn_unit(void) {
    linear_unit_params params = {2, 8};
    const linear_unit_inputs inputs = {-2, 2};
    for (int i = 0; i < 5; i++) {
        linear_unit_gradients slopes;
        double J;
        const int code = linear_unit_value_and_grad(&params, &inputs, &J, &slopes, workspace);
        if (code) return say(linear_unit_error(code)), 1;
        say("linear unit, J = ");
        say_number(J);
        params.w -= 0.05 * slopes.w;
        params.b -= 0.05 * slopes.b;
    }
    return 0;
}

static int learn_digits(void) {
    const digits_params params = {W1, b1, W2, b2};
    digits_gradients slopes = {dW1, db1, dW2, db2};
    for (int i = 0; i < 64 * 256; i++) W1[i] = 0.3f * drawn();
    for (int i = 0; i < 256 * 10; i++) W2[i] = 0.15f * drawn();
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        double sum = 0;
        for (int n = 0; n < SAMPLES; n++) {
            float x[64];
            const int64_t label = samples[n].label;
            const digits_inputs inputs = {x, &label};
            double J;
            for (int i = 0; i < 64; i++) x[i] = (float)samples[n].pixels[i] / 16;
            const int code = digits_value_and_grad(&params, &inputs, &J, &slopes, workspace);
            if (code) return say(digits_error(code)), 1;
            step(W1, dW1, 64 * 256, 0.02f);
            step(b1, db1, 256, 0.02f);
            step(W2, dW2, 256 * 10, 0.02f);
            step(b2, db2, 10, 0.02f);
            sum += J;
        }
        say("digits, J of an epoch = ");
        say_number(sum / SAMPLES);
    }
    return 0;
}

int learn(void) {
    return learn_unit() || learn_digits();
}
