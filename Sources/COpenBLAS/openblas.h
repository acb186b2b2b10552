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
void cblas_sgemv(int order, int transpose, int m, int n, float alpha, const float *a, int lda, const float *x, int incx,
                 float beta, float *y, int incy);
void cblas_dgemv(int order, int transpose, int m, int n, double alpha, const double *a, int lda, const double *x,
                 int incx, double beta, double *y, int incy);
void openblas_set_num_threads(int count);

// LAPACK, by its Fortran names. Pointers are not const and complex numbers have the names of Accelerate's interface, so
// that one Swift source calls both.
typedef struct {
    float r, i;
} __CLPK_complex;
typedef struct {
    double r, i;
} __CLPK_doublecomplex;

void sgetrf_(int *m, int *n, float *a, int *lda, int *pivots, int *info);
void sgetrs_(char *trans, int *n, int *columns, float *a, int *lda, int *pivots, float *b, int *ldb, int *info);
void spotrf_(char *uplo, int *n, float *a, int *lda, int *info);
void strtrs_(char *uplo, char *trans, char *diag, int *n, int *columns, float *a, int *lda, float *b, int *ldb,
             int *info);
void sgeqrf_(int *m, int *n, float *a, int *lda, float *tau, float *work, int *lwork, int *info);
void sorgqr_(int *m, int *n, int *k, float *a, int *lda, float *tau, float *work, int *lwork, int *info);
void sgesdd_(char *job, int *m, int *n, float *a, int *lda, float *s, float *u, int *ldu, float *vt, int *ldvt, float *work,
             int *lwork, int *iwork, int *info);
void ssyevd_(char *job, char *uplo, int *n, float *a, int *lda, float *w, float *work, int *lwork, int *iwork, int *liwork,
             int *info);
void sgeev_(char *left, char *right, int *n, float *a, int *lda, float *wr, float *wi, float *vl, int *ldvl, float *vr,
            int *ldvr, float *work, int *lwork, int *info);

void dgetrf_(int *m, int *n, double *a, int *lda, int *pivots, int *info);
void dgetrs_(char *trans, int *n, int *columns, double *a, int *lda, int *pivots, double *b, int *ldb, int *info);
void dpotrf_(char *uplo, int *n, double *a, int *lda, int *info);
void dtrtrs_(char *uplo, char *trans, char *diag, int *n, int *columns, double *a, int *lda, double *b, int *ldb,
             int *info);
void dgeqrf_(int *m, int *n, double *a, int *lda, double *tau, double *work, int *lwork, int *info);
void dorgqr_(int *m, int *n, int *k, double *a, int *lda, double *tau, double *work, int *lwork, int *info);
void dgesdd_(char *job, int *m, int *n, double *a, int *lda, double *s, double *u, int *ldu, double *vt, int *ldvt, double *work,
             int *lwork, int *iwork, int *info);
void dsyevd_(char *job, char *uplo, int *n, double *a, int *lda, double *w, double *work, int *lwork, int *iwork, int *liwork,
             int *info);
void dgeev_(char *left, char *right, int *n, double *a, int *lda, double *wr, double *wi, double *vl, int *ldvl, double *vr,
            int *ldvr, double *work, int *lwork, int *info);

void cgetrf_(int *m, int *n, __CLPK_complex *a, int *lda, int *pivots, int *info);
void cgetrs_(char *trans, int *n, int *columns, __CLPK_complex *a, int *lda, int *pivots, __CLPK_complex *b, int *ldb, int *info);
void cpotrf_(char *uplo, int *n, __CLPK_complex *a, int *lda, int *info);
void ctrtrs_(char *uplo, char *trans, char *diag, int *n, int *columns, __CLPK_complex *a, int *lda, __CLPK_complex *b, int *ldb,
             int *info);
void cgeqrf_(int *m, int *n, __CLPK_complex *a, int *lda, __CLPK_complex *tau, __CLPK_complex *work, int *lwork, int *info);
void cungqr_(int *m, int *n, int *k, __CLPK_complex *a, int *lda, __CLPK_complex *tau, __CLPK_complex *work, int *lwork, int *info);
void cgesdd_(char *job, int *m, int *n, __CLPK_complex *a, int *lda, float *s, __CLPK_complex *u, int *ldu, __CLPK_complex *vt, int *ldvt, __CLPK_complex *work,
             int *lwork, float *rwork, int *iwork, int *info);
void cheevd_(char *job, char *uplo, int *n, __CLPK_complex *a, int *lda, float *w, __CLPK_complex *work, int *lwork, float *rwork, int *lrwork,
             int *iwork, int *liwork, int *info);
void cgeev_(char *left, char *right, int *n, __CLPK_complex *a, int *lda, __CLPK_complex *w, __CLPK_complex *vl, int *ldvl, __CLPK_complex *vr, int *ldvr,
            __CLPK_complex *work, int *lwork, float *rwork, int *info);

void zgetrf_(int *m, int *n, __CLPK_doublecomplex *a, int *lda, int *pivots, int *info);
void zgetrs_(char *trans, int *n, int *columns, __CLPK_doublecomplex *a, int *lda, int *pivots, __CLPK_doublecomplex *b, int *ldb, int *info);
void zpotrf_(char *uplo, int *n, __CLPK_doublecomplex *a, int *lda, int *info);
void ztrtrs_(char *uplo, char *trans, char *diag, int *n, int *columns, __CLPK_doublecomplex *a, int *lda, __CLPK_doublecomplex *b, int *ldb,
             int *info);
void zgeqrf_(int *m, int *n, __CLPK_doublecomplex *a, int *lda, __CLPK_doublecomplex *tau, __CLPK_doublecomplex *work, int *lwork, int *info);
void zungqr_(int *m, int *n, int *k, __CLPK_doublecomplex *a, int *lda, __CLPK_doublecomplex *tau, __CLPK_doublecomplex *work, int *lwork, int *info);
void zgesdd_(char *job, int *m, int *n, __CLPK_doublecomplex *a, int *lda, double *s, __CLPK_doublecomplex *u, int *ldu, __CLPK_doublecomplex *vt, int *ldvt, __CLPK_doublecomplex *work,
             int *lwork, double *rwork, int *iwork, int *info);
void zheevd_(char *job, char *uplo, int *n, __CLPK_doublecomplex *a, int *lda, double *w, __CLPK_doublecomplex *work, int *lwork, double *rwork, int *lrwork,
             int *iwork, int *liwork, int *info);
void zgeev_(char *left, char *right, int *n, __CLPK_doublecomplex *a, int *lda, __CLPK_doublecomplex *w, __CLPK_doublecomplex *vl, int *ldvl, __CLPK_doublecomplex *vr, int *ldvr,
            __CLPK_doublecomplex *work, int *lwork, double *rwork, int *info);

#endif
