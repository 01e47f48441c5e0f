# The instruction sets of this build. Compiled with an instruction set's flags are
#   isa/<isa>/*.cpp  its hand-written tiles, all but dl_<isa>_wing.cpp, its table;
#   simd/*.cpp       the vector kernels, once per instruction set that has registers of its own.
# Nothing else is: the linker keeps one copy of inline code that several files have, and that one has to run on every processor.
# avx512vnni runs from Cascade Lake on, which has no VBMI: without its flag, no compiler can put it where nobody asked.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(DL_ISA_FAMILY x86)
    set(DL_ISA_LIST avx2 avxvnni avx512vnni amx)
    set(DL_SIMD_LIST avx2 avx512vnni)
    set(DL_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
    set(DL_ISA_FLAGS_avxvnni ${DL_ISA_FLAGS_avx2} -mavxvnni)
    set(DL_ISA_FLAGS_avx512vnni -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma -mbmi2 -mprefer-vector-width=512)
    set(DL_ISA_FLAGS_amx ${DL_ISA_FLAGS_avx512vnni} -mamx-tile -mamx-int8)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(DL_ISA_FAMILY neon)
    set(DL_ISA_LIST neon_dotprod neon_i8mm)
    set(DL_SIMD_LIST neon_dotprod)
    set(DL_ISA_FLAGS_neon_dotprod -march=armv8.2-a+dotprod)
    set(DL_ISA_FLAGS_neon_i8mm -march=armv8.2-a+dotprod+i8mm)
else()
    set(DL_ISA_FAMILY none)  # reference kernels only
    set(DL_ISA_LIST)
    set(DL_SIMD_LIST)
endif()

# Lists the family's wings, and asks the processor for them.
target_sources(${COMPONENT_LIB} PRIVATE "${base_dir}/isa/dl_isa_${DL_ISA_FAMILY}.cpp")

# GCC 12 takes the undefined operands inside its own AVX-512 intrinsics for mistakes.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(DL_ISA_WARNINGS -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

foreach(isa IN LISTS DL_ISA_LIST)
    file(GLOB tiles CONFIGURE_DEPENDS "${base_dir}/isa/${isa}/*.cpp")
    set(wing "${base_dir}/isa/${isa}/dl_${isa}_wing.cpp")
    list(REMOVE_ITEM tiles "${wing}")
    set(simd)
    if(isa IN_LIST DL_SIMD_LIST)
        file(GLOB simd_sources CONFIGURE_DEPENDS "${base_dir}/simd/*.cpp")
        foreach(source IN LISTS simd_sources)
            cmake_path(GET source FILENAME name)
            string(REPLACE "dl_simd_" "dl_${isa}_" stamped "${CMAKE_CURRENT_BINARY_DIR}/simd/${name}")
            file(CONFIGURE OUTPUT "${stamped}" CONTENT "#include \"${name}\"\n")
            list(APPEND simd "${stamped}")
        endforeach()
    endif()
    # -ffp-contract=off: fused multiply-adds would round differently from the reference.
    set_source_files_properties(${tiles} ${simd} PROPERTIES COMPILE_DEFINITIONS "DL_SIMD_ISA=${isa}"
                                COMPILE_OPTIONS "${DL_ISA_FLAGS_${isa}};-ffp-contract=off;${DL_ISA_WARNINGS}")
    target_sources(${COMPONENT_LIB} PRIVATE ${tiles} ${simd} "${wing}")
endforeach()
