"""A model's layers as nodes and edges, for scripts that draw them by hand."""

from __future__ import annotations

from typing import Any

import orjson

from gitexp.record.media._base import Media, MediaFolder, digest_of
from gitexp.record.values import plain_config


class Node:
    """One layer; its facts are attributes.

    Args:
        id: unique in its graph.
        facts: name, class_name, size, output_shape, num_parameters, ….
    """

    def __init__(self, id: Any = None, name: str | None = None, **facts: Any) -> None:
        given = {"id": id, "name": name, **facts}
        self.__dict__.update((key, value) for key, value in given.items() if value is not None)

    def to_json(self) -> dict[str, Any]:
        """The facts as plain data."""
        return dict(plain_config(vars(self)))


class Graph(Media):
    """Nodes and the edges between them.

    Attributes:
        format: what drew it.
        nodes: in the order of `add_node`.
        nodes_by_id: likewise, by id.
        edges: pairs of nodes.
    """

    def __init__(self, format: str = "keras") -> None:
        self.format = format
        self.nodes: list[Node] = []
        self.nodes_by_id: dict[Any, Node] = {}
        self.edges: list[tuple[Node, Node]] = []

    def add_node(self, node: Node | None = None, **facts: Any) -> Node:
        """Append a node, or make one of facts."""
        added = Node(**facts) if node is None else node
        self.nodes.append(added)
        self.nodes_by_id[getattr(added, "id", len(self.nodes) - 1)] = added
        return added

    def add_edge(self, from_node: Node, to_node: Node) -> tuple[Node, Node]:
        """Append an edge."""
        self.edges.append((from_node, to_node))
        return self.edges[-1]

    def __getitem__(self, id: Any) -> Node:
        return self.nodes_by_id[id]

    @classmethod
    def from_keras(cls, model: Any) -> Graph:
        """The layers of a keras model, one after the other."""
        graph, before = cls(), None
        for layer in model.layers:
            node = graph.add_node(
                id=layer.name,
                name=layer.name,
                class_name=type(layer).__name__,
                output_shape=getattr(layer, "output_shape", None),
                num_parameters=layer.count_params(),
            )
            if before is not None:
                graph.add_edge(before, node)
            before = node
        return graph

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write nodes and edges; returns what stands in metrics.jsonl."""
        names = {id(node): getattr(node, "id", at) for at, node in enumerate(self.nodes)}
        edges = [[names.get(id(node)) for node in edge] for edge in self.edges]
        content = {
            "format": self.format,
            "nodes": [node.to_json() for node in self.nodes],
            "edges": plain_config(edges),
        }
        data = orjson.dumps(content)
        path = folder.put(key, data, "graph.json")
        return {
            "_type": "graph",
            "path": path,
            "bytes": len(data),
            "sha256": digest_of(data),
            "nodes": len(self.nodes),
            "edges": len(self.edges),
        }
