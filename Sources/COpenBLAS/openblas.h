// The part of OpenBLAS's C interface that Adjoint uses. Distributions keep cblas.h in different folders, and the
// standard interface does not change, so it is declared here.
#ifndef ADJOINT_OPENBLAS_H
#define ADJOINT_OPENBLAS_H

enum { CblasRowMajor = 101 };
enum { CblasNoTrans = 111, CblasTrans = 112 };

void cblas_sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dgemm(int order, int transposeA, int transposeB, int m, int n, int k, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc);
void cblas_cgemm(int order, int transposeA, int transposeB, int m, int n, int k, const void *alpha, const void *a,
                 int lda, const void *b, int ldb, const void *beta, void *c, int ldc);
void cblas_zgemm(int order, int transposeA, int transposeB, int m, int n, int k, const void *alpha, const void *a,
                 int lda, const void *b, int ldb, const void *beta, void *c, int ldc);
void openblas_set_num_threads(int count);

#endif
