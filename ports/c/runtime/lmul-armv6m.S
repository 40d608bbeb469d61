/*
 * uint64_t __aeabi_lmul(uint64_t a, uint64_t b): 64 x 64 -> 64 bits, for cores without a long multiply (ARMv6-M).
 *
 * The field of 2^255 - 19 is made of such products, about 90 a multiplication, and the compiler's own routine takes
 * 42 to 45 instructions for each. This one takes 23, six 32-bit multiplications among them, whatever the operands are, and 12
 * bytes of stack. A shorter way for sign- or zero-extended operands would save the two cross products of the high words and pay
 * two tests and a branch for it: no gain where MULS takes one cycle.
 *
 *   a = ah * 2^32 + xh * 2^16 + xl, b alike with bh, yh, yl:
 *   low 64 bits of a * b = (xh * 2^16 + xl) * (yh * 2^16 + yl) + (ah * b + a * bh) * 2^32
 */
        .syntax unified
        .thumb
        .text
        .global __aeabi_lmul
        .type   __aeabi_lmul, %function
        .thumb_func
        .align  2
__aeabi_lmul:
        push    {r4, r5, lr}
        muls    r1, r2                  /* ah * b, low word */
        muls    r3, r0                  /* a * bh, low word */
        adds    r1, r1, r3
        lsrs    r4, r0, #16             /* xh */
        uxth    r5, r0                  /* xl */
        lsrs    r3, r2, #16             /* yh */
        uxth    r2, r2                  /* yl */
        movs    r0, r5
        muls    r0, r2                  /* xl * yl */
        muls    r5, r3                  /* xl * yh */
        muls    r2, r4                  /* xh * yl */
        muls    r3, r4                  /* xh * yh */
        adds    r1, r1, r3
        lsls    r3, r5, #16
        lsrs    r5, r5, #16
        adds    r0, r0, r3
        adcs    r1, r5
        lsls    r3, r2, #16
        lsrs    r2, r2, #16
        adds    r0, r0, r3
        adcs    r1, r2
        pop     {r4, r5, pc}
        .size   __aeabi_lmul, . - __aeabi_lmul
