#define _GNU_SOURCE
#include "CBenchSupport.h"

#ifdef __linux__
#include <sched.h>

void confine_to_cores(int32_t count) {
    cpu_set_t usable, chosen;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0) return;
    CPU_ZERO(&chosen);
    for (int core = 0; core < CPU_SETSIZE && count > 0; core++) {
        if (!CPU_ISSET(core, &usable)) continue;
        CPU_SET(core, &chosen);
        count--;
    }
    sched_setaffinity(0, sizeof chosen, &chosen);
}
#else
void confine_to_cores(int32_t count) { (void)count; }
#endif
