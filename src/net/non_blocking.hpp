#pragma once

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

namespace pond::net {

// How sockets are used that do not block: an operation is tried, and waited for only when it has to be.

/// Reads of one socket in a row, so that a fast sender does not starve the others.
inline constexpr int kReadsInARow = 4;

/// Whether an operation did nothing because the socket is not ready for it.
[[nodiscard]] inline bool must_wait(const boost::system::error_code& error) {
  return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

}  // namespace pond::net
