#pragma once

namespace pond::crypto {

/// The deleter of a std::unique_ptr for what a C library allocates: `std::unique_ptr<SSL, FreeWith<SSL_free>>`.
template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

}  // namespace pond::crypto
