# What scripts/install-deps brings from Debian. docs/dependencies.md says why each one.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(Threads REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(secp256k1 REQUIRED IMPORTED_TARGET libsecp256k1)
pkg_check_modules(botan REQUIRED IMPORTED_TARGET botan-2)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)

# Header-only libraries become system includes, so that their warnings are theirs.
add_library(pond_protozero INTERFACE)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp REQUIRED)
target_include_directories(pond_protozero SYSTEM INTERFACE ${PROTOZERO_INCLUDE_DIR})

# Its shared library throws where the headers, told not to, return errors: so the headers alone are used.
add_library(pond_toml INTERFACE)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
target_include_directories(pond_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

add_library(pond_json INTERFACE)
target_link_libraries(pond_json INTERFACE nlohmann_json::nlohmann_json)

add_library(pond_asio INTERFACE)
target_include_directories(pond_asio SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(pond_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY)
target_link_libraries(pond_asio INTERFACE Threads::Threads)
