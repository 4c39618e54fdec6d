#include "sodium.hpp"

#include <sodium.h>

#include "require.hpp"

namespace pond::crypto {

void use_sodium() {
  static const int status = sodium_init();
  require(status >= 0);
}

}  // namespace pond::crypto
