# Language, warnings, ccache and mold. Sanitizers come from the presets through POND_SANITIZE.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(POND_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined")

find_program(POND_CCACHE ccache)
if(POND_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${POND_CCACHE})
endif()
find_program(POND_MOLD mold)
if(POND_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(pond_warnings INTERFACE)
target_compile_options(pond_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                       -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these for correct std::vector and std::optional code once it has inlined enough of it.
  target_compile_options(pond_warnings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
                         -Wno-restrict -Wno-stringop-overread -Wno-missing-field-initializers)
else()
  target_compile_options(pond_warnings INTERFACE -Wno-missing-designated-field-initializers
                         -Wno-missing-field-initializers)
endif()

if(POND_SANITIZE)
  add_compile_options(-fsanitize=${POND_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POND_SANITIZE})
endif()
