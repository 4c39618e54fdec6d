#pragma once

namespace pond::crypto {

/// Drops what OpenSSL adds to the thread's error queue in its scope: expected refusals of a peer's octets are not news
/// for whoever reads that queue next.
class ErrorScope {
 public:
  ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope();
};

}  // namespace pond::crypto
