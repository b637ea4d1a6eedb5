# Adds the engine's sources to a target, each instruction set with its own flags; with TENAS_GENERIC_ONLY the one that runs
# everywhere alone. That one comes first: where the linker has to choose between equal inline functions it takes the first.
function(tenas_add_engine target)
  set(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src)
  # The alignment keeps the speed of the inner loops from changing with unrelated code before them.
  set(kernel_flags -O3 -falign-functions=64 -falign-loops=64 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wno-psabi)
  foreach(folder base graph parameters reference tasks train runtime)
    file(GLOB sources CONFIGURE_DEPENDS ${root}/${folder}/*.cpp)
    target_sources(${target} PRIVATE ${sources})
  endforeach()
  target_sources(${target} PRIVATE
    ${root}/cpu/training.cpp ${root}/plan/plan.cpp ${root}/plan/schedule.cpp ${root}/plan/training_schedule.cpp
    ${root}/kernels/signature_set.cpp ${root}/cpu/dispatch.cpp ${root}/cpu/spare_memory.cpp
    ${root}/cpu/isa_generic.cpp ${root}/cpu/isa_double.cpp
    ${root}/parameters/blocks/dispatch.cpp ${root}/parameters/blocks/blocks_generic.cpp)
  set_source_files_properties(${root}/cpu/isa_generic.cpp ${root}/cpu/isa_double.cpp
    PROPERTIES COMPILE_OPTIONS "${kernel_flags}")
  # Weights and correlations must be the same on every machine: no fused multiply-adds where they are made.
  set_source_files_properties(${root}/base/correlations.cpp PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
  set(weight_flags -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off)
  set_source_files_properties(${root}/parameters/generate.cpp ${root}/parameters/blocks/blocks_generic.cpp
    PROPERTIES COMPILE_OPTIONS "${weight_flags}")
  if(NOT TENAS_GENERIC_ONLY AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
    target_compile_definitions(${target} PRIVATE TENAS_X86=1)
    target_sources(${target} PRIVATE
      ${root}/cpu/isa_avx2.cpp ${root}/cpu/isa_avx512.cpp ${root}/cpu/isa_double_avx2.cpp
      ${root}/parameters/blocks/blocks_avx2.cpp ${root}/parameters/blocks/blocks_avx512.cpp)
    set_source_files_properties(${root}/parameters/blocks/blocks_avx2.cpp
      PROPERTIES COMPILE_OPTIONS "${weight_flags};-mavx2")
    set_source_files_properties(${root}/parameters/blocks/blocks_avx512.cpp
      PROPERTIES COMPILE_OPTIONS "${weight_flags};-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mprefer-vector-width=512")
    set_source_files_properties(${root}/cpu/isa_avx2.cpp ${root}/cpu/isa_double_avx2.cpp
      PROPERTIES COMPILE_OPTIONS "${kernel_flags};-mavx2;-mfma")
    set_source_files_properties(${root}/cpu/isa_avx512.cpp
      PROPERTIES COMPILE_OPTIONS "${kernel_flags};-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mfma;-mprefer-vector-width=512")
  endif()
endfunction()
