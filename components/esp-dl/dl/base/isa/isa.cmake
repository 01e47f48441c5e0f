# Each file of isa/<isa>/ is compiled with that instruction set's flags, and nothing else is. A folder
# isa/<isa>/ that holds no source yet is skipped; a processor family that has no entry runs the reference kernels.
# avx512vnni runs from Cascade Lake on, which has no VBMI: without its flag, no compiler can put it where nobody asked.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(DL_ISA_FAMILY X86)
    set(DL_ISA_DETECT x86)
    set(DL_ISA_LIST avx2 avxvnni avx512vnni amx)
    set(DL_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
    set(DL_ISA_FLAGS_avxvnni ${DL_ISA_FLAGS_avx2} -mavxvnni)
    set(DL_ISA_FLAGS_avx512vnni -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma -mbmi2 -mprefer-vector-width=512)
    set(DL_ISA_FLAGS_amx ${DL_ISA_FLAGS_avx512vnni} -mamx-tile -mamx-int8)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(DL_ISA_FAMILY NEON)
    set(DL_ISA_DETECT neon)
    set(DL_ISA_LIST neon_dotprod)
    set(DL_ISA_FLAGS_neon_dotprod -march=armv8.2-a+dotprod)
else()
    set(DL_ISA_FAMILY NONE)
    set(DL_ISA_DETECT none)
    set(DL_ISA_LIST)
endif()

target_sources(${COMPONENT_LIB} PRIVATE "${isa_dir}/dl_isa_detect_${DL_ISA_DETECT}.cpp")

# Which table entries exist is decided here and nowhere else: kernels of other families are not even declared.
target_compile_definitions(${COMPONENT_LIB} PRIVATE DL_ISA_${DL_ISA_FAMILY}=1)

# GCC 12 takes the undefined operands inside its own AVX-512 intrinsics for mistakes.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(DL_ISA_WARNINGS -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

foreach(isa IN LISTS DL_ISA_LIST)
    file(GLOB isa_sources CONFIGURE_DEPENDS "${isa_dir}/${isa}/*.cpp")
    if(isa_sources)
        # -fno-fast-math and -ffp-contract=off: fused multiply-adds would round differently from the reference.
        set_source_files_properties(${isa_sources} PROPERTIES COMPILE_OPTIONS "${DL_ISA_FLAGS_${isa}};-ffp-contract=off;${DL_ISA_WARNINGS}")
        target_sources(${COMPONENT_LIB} PRIVATE ${isa_sources})
    endif()
endforeach()
