#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pond::sim {

/// Text as XML can hold it: the five special characters as entities, control characters (which XML cannot hold in any
/// way) and octets that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// An SVG image that is drawn from back to front. Coordinates are rounded to a tenth of a pixel.
class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Stroke {
    std::string_view color;
    double width = 1;
    std::string_view dashes;  ///< as SVG has it: "6 3"; empty: none
  };
  struct TextStyle {
    double size = 12;
    std::string_view color;
    Anchor anchor = Anchor::kStart;
    bool bold = false;
    bool upwards = false;  ///< turned to be read from below
  };
  using Points = std::vector<std::pair<double, double>>;

  /// `title` is for those who cannot see the image.
  Svg(double width, double height, std::string_view title, std::string_view background);

  void line(double x1, double y1, double x2, double y2, const Stroke& stroke);
  void path(const Points& points, const Stroke& stroke);
  void rect(double x, double y, double width, double height, std::string_view color);
  void circle(double x, double y, double radius, std::string_view color);
  void text(double x, double y, std::string_view text, const TextStyle& style);

  [[nodiscard]] std::string finish() &&;

  /// About how wide a text will be: SVG has no way to ask, and the font is the reader's.
  [[nodiscard]] static double text_width(std::string_view text, double size);

 private:
  std::string out_;
};

}  // namespace pond::sim
