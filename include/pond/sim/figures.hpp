#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace pond::sim {

/// One number that a run yields, for each phase and for the whole: what checks are about, and what the report prints.
///
/// Of each kind of operation OP (closest, publish, find, provide, find_providers):
///   OP.started OP.succeeded OP.failed OP.success (share of those that ended)
///   OP.latency_ms.{mean,p50,p90,p95,p99,max}   OP.hops.{mean,p50,p95,max}   OP.messages.{mean,p50,p95,max}
///   closest.overlap.{mean,p5,min}   publish|provide.holders.{mean,p5,min}   find.staleness_s.{mean,p50,p95,max}
/// Of the network:
///   messages.{total,lost,per_node_minute} messages.per_node.max   dials.{total,failed}   events.total   nodes.up
///   table.size.mean table.dead_share table.agreement.{mean,min}
///   store.records.{total,max} store.bytes.{total,max}   connections.max   queue.max   violations
///   bootstrap.requests_per_s.{mean,max} bootstrap.connections.max bootstrap.refused
/// Measured on the machine, not part of what is repeatable:
///   memory.bytes_per_node memory.total_mib
struct FigureInfo {
  std::string name;
  std::string unit;  ///< "", "ms", "s", "bytes", "share", "per s", "MiB"
  std::string what;  ///< one line for people
};

/// All of them, in the order in which reports print them. Made once.
[[nodiscard]] std::span<const FigureInfo> known_figures();
/// nullptr when there is no such figure.
[[nodiscard]] const FigureInfo* find_figure(std::string_view name);
/// The figure of that kind whose name looks most like it: for "did you mean".
[[nodiscard]] std::string_view nearest_figure(std::string_view name);

/// Values by name. What was not seen is not there.
using Figures = std::map<std::string, double, std::less<>>;

}  // namespace pond::sim
