#ifndef ADJOINT_CZLIB_SHIM_H
#define ADJOINT_CZLIB_SHIM_H

#include <zlib.h>

#endif
