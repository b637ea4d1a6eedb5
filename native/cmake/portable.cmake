# The addon that is published: libstdc++ is inside, libgcc's unwinder is Node's, and it links to the symbols of an old glibc, of which
# scripts/prebuild.mjs makes stubs in the build's folder. It has the objects of the usual addon. Built on request only.
function(tenas_add_portable_addon)
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    return()
  endif()
  tenas_link_addon(tenas_portable tenas_device)
  tenas_compile(tenas_portable)
  set_target_properties(tenas_portable PROPERTIES EXCLUDE_FROM_ALL ON)
  target_sources(tenas_portable PRIVATE src/portable/glibc.cpp)
  # Before glibc 2.34 threads, dlopen and shared memory had their own libraries.
  target_link_options(tenas_portable PRIVATE -s -L${CMAKE_BINARY_DIR}/glibc-stubs -static-libstdc++ -shared-libgcc
    -Wl,--exclude-libs,ALL -Wl,--no-as-needed -lpthread -ldl -lrt -Wl,--as-needed)
endfunction()
