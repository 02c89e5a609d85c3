#ifndef POSTERN_CFASTCGI_SHIM_H
#define POSTERN_CFASTCGI_SHIM_H

#include <fastcgi.h>
#include <fcgiapp.h>

#endif
