/* The wasm file, as it is. WASM_FILE is its path. */
        .section .rodata
        .global dosegate_wasm
        .global dosegate_wasm_end
        .balign 8
dosegate_wasm:
        .incbin WASM_FILE
dosegate_wasm_end:
        .byte   0
#if defined(__linux__)
        .section .note.GNU-stack, "", %progbits
#endif
