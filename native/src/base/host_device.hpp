// Marks functions that run on the CPU and on a CUDA device.
#pragma once

#ifdef __CUDACC__
#define TENAS_HD __host__ __device__
#else
#define TENAS_HD
#endif
