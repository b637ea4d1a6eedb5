# Headers that nearly every source includes, compiled once for a target: they are half of what most sources cost a compiler.
# Each source still names what it uses: the build for WebAssembly has no such headers.
function(tenas_precompile_headers target)
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <memory> <optional> <span> <string>
    <string_view> <variant> <vector> ${ARGN})
  # Sources with flags of their own cannot take them.
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^\\$<")
  foreach(source IN LISTS sources)
    get_source_file_property(flags ${source} COMPILE_OPTIONS)
    if(flags)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()
