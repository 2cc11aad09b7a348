// Grouping of paths; see the header.
#include "path_shapes.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "hash.h"

namespace abtrace {
namespace {

// Steps that come again are looked for this far up: a list has one, a list of
// promises five.
constexpr int kMostPeriod = 6;

bool IsNumber(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

bool HasDigit(std::string_view name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

size_t PathShapes::KeyHash::operator()(const Key& key) const {
  return Mix(Mix((uint64_t{key.parent} << 32) | key.edge_name) ^
             ((uint64_t{key.node_name} << 16) |
              (static_cast<uint64_t>(key.edge_type) << 8) |
              static_cast<uint64_t>(key.node_type)));
}

PathShapes::PathShapes(const HeapGraph* graph, const RetainingTree* tree)
    : graph_(graph),
      tree_(tree),
      shape_of_node_(graph->node_count(), Shape::kNone) {}

bool PathShapes::SameStep(const Shape& a, const Shape& b) {
  return a.edge_type == b.edge_type && a.edge_name == b.edge_name &&
         a.node_type == b.node_type && a.node_name == b.node_name;
}

uint32_t PathShapes::ShapeOf(uint32_t node) {
  // Not by recursion: a list may be a million nodes long.
  std::vector<uint32_t> way;
  uint32_t at = node;
  while (shape_of_node_[at] == Shape::kNone) {
    way.push_back(at);
    if (at == 0) break;
    at = tree_->parents[at];
  }
  uint32_t shape = shape_of_node_[at];
  for (; !way.empty(); way.pop_back()) {
    shape = Step(shape, way.back());
    shape_of_node_[way.back()] = shape;
  }
  return shape;
}

uint32_t PathShapes::Above(uint32_t shape, int steps) const {
  for (; steps > 0 && shape != Shape::kNone; --steps)
    shape = shapes_[shape].parent;
  return shape;
}

// Whether `step` ends the third of three equal runs of so many steps. Two are
// no rule: `.data.data` is not a list.
bool PathShapes::ComesAgain(const Shape& step, int period) const {
  const Shape* late = &step;
  for (int i = 0; i < 2 * period; ++i) {
    const uint32_t early = Above(step.parent, i + period - 1);
    if (early == Shape::kNone || !SameStep(*late, shapes_[early])) return false;
    late = &shapes_[Above(step.parent, i)];
  }
  return true;
}

uint32_t PathShapes::Step(uint32_t parent_shape, uint32_t node) {
  Shape step;
  step.parent = parent_shape;
  step.node_type = graph_->node_types[node];
  step.node_name = graph_->node_names[node];
  step.example = node;
  const uint32_t edge = tree_->edges[node];
  if (parent_shape != Shape::kNone && edge != RetainingTree::kNone) {
    step.edge_type = graph_->edge_types[edge];
    const std::string_view name = graph_->EdgeName(edge);
    // The numbers of internal references are places in a table.
    if (!name.empty() &&
        !(step.edge_type == EdgeType::kInternal && IsNumber(name))) {
      step.edge_name = graph_->edge_names[edge];
    }
    for (int period = 1; period <= kMostPeriod; ++period) {
      if (!ComesAgain(step, period)) continue;
      const uint32_t before = Above(parent_shape, period - 1);
      shapes_[before].repeats = true;
      return before;
    }
  }
  const Key key = {parent_shape, step.edge_name, step.node_name, step.edge_type,
                   step.node_type};
  const auto [found, is_new] =
      index_.try_emplace(key, static_cast<uint32_t>(shapes_.size()));
  if (is_new) shapes_.push_back(step);
  return found->second;
}

std::vector<Shape> PathShapes::Collapse(std::vector<uint32_t>* renumbered) {
  // How many names lead from a shape to objects of one kind, and how many of
  // them have digits: those are made, not written.
  struct Names {
    size_t all = 0, with_digits = 0;
  };
  std::unordered_map<Key, Names, KeyHash> names;
  const auto without_name = [](const Shape& shape) {
    return Key{shape.parent, Shape::kAnyName, shape.node_name, shape.edge_type,
               shape.node_type};
  };
  for (const Shape& shape : shapes_) {
    if (shape.edge_type != EdgeType::kProperty) continue;
    Names& known = names[without_name(shape)];
    ++known.all;
    if (HasDigit(graph_->String(shape.edge_name))) ++known.with_digits;
  }
  const auto are_too_many = [](const Names& known) {
    return known.all > kMostNames || known.with_digits > kMostNumbered;
  };
  std::vector<Shape> collapsed;
  std::unordered_map<Key, uint32_t, KeyHash> index;
  renumbered->clear();
  renumbered->reserve(shapes_.size());
  for (Shape& shape : shapes_) {
    if (shape.edge_type == EdgeType::kProperty &&
        are_too_many(names[without_name(shape)])) {
      shape.edge_name = Shape::kAnyName;
    }
    if (shape.parent != Shape::kNone)
      shape.parent = (*renumbered)[shape.parent];
    const Key key = {shape.parent, shape.edge_name, shape.node_name,
                     shape.edge_type, shape.node_type};
    const auto [found, is_new] =
        index.try_emplace(key, static_cast<uint32_t>(collapsed.size()));
    if (is_new) {
      collapsed.push_back(shape);
    } else {
      collapsed[found->second].repeats |= shape.repeats;
    }
    renumbered->push_back(found->second);
  }
  shapes_ = {};
  index_ = {};
  return collapsed;
}

}  // namespace abtrace
