#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <utility>

#include "pond/base/time.hpp"
#include "pond/kad/kad.hpp"

namespace pond::test {

/// What became of one member's operations. One that ends twice, or not by its deadline, throws.
class OperationResults {
 public:
  void add(kad::OpId op, kad::OpResult&& result) {
    if (!results_.emplace(op, std::move(result)).second) {
      throw std::logic_error("an operation ended twice");
    }
  }

  [[nodiscard]] bool contains(kad::OpId op) const { return results_.contains(op); }
  [[nodiscard]] const kad::OpResult& at(kad::OpId op) const { return results_.at(op); }
  [[nodiscard]] std::size_t size() const { return results_.size(); }

  /// Lets the network (it has `now` and `step`) go on until an operation has ended that has just begun.
  const kad::OpResult& wait_for(kad::OpId op, auto& network, Duration timeout) const {
    const Instant latest = network.now + timeout + 1s;
    while (!contains(op)) {
      if (network.now > latest) {
        throw std::logic_error("an operation did not end by its deadline");
      }
      network.step();
    }
    return at(op);
  }

 private:
  std::map<kad::OpId, kad::OpResult> results_;
};

}  // namespace pond::test
