/* What the program needs of where it runs, and the program. */

void say(const char *text);
int learn(void);
