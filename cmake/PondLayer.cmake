# pond_layer(NAME [USES layer...] [PRIVATE_LIBS target...])
#
# One folder under src/, one static library `pond_NAME`. Public headers are include/pond/NAME; they are reached through
# a link of their own in the build tree, so that a layer sees the headers of exactly the layers it USES: a wrong include
# fails the build. Private headers stay beside the sources.
function(pond_layer name)
  cmake_parse_arguments(ARG "" "" "USES;PRIVATE_LIBS" ${ARGN})
  set(view ${PROJECT_BINARY_DIR}/layers/${name}/pond)
  file(MAKE_DIRECTORY ${view})
  if(NOT EXISTS ${view}/${name})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/pond/${name} ${view}/${name} SYMBOLIC)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(pond_${name} STATIC ${sources})
    target_link_libraries(pond_${name} PRIVATE pond_warnings ${ARG_PRIVATE_LIBS})
    target_include_directories(pond_${name} PUBLIC ${PROJECT_BINARY_DIR}/layers/${name}
                               PRIVATE ${PROJECT_SOURCE_DIR}/src/${name})
    foreach(used IN LISTS ARG_USES)
      target_link_libraries(pond_${name} PUBLIC pond_${used})
    endforeach()
  else()
    add_library(pond_${name} INTERFACE)
    target_include_directories(pond_${name} INTERFACE ${PROJECT_BINARY_DIR}/layers/${name})
    foreach(used IN LISTS ARG_USES)
      target_link_libraries(pond_${name} INTERFACE pond_${used})
    endforeach()
  endif()
endfunction()
