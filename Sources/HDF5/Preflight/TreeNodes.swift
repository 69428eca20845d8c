/// The head of a node of a B-tree of version 1.
struct TreeNode {
    var address: Int
    var level: Int
    var count: Int
    var left: Int?
    var right: Int?
}

extension Preflight {
    /// TREE, kind, level, number of children 2, left neighbour 8, right neighbour 8.
    ///
    /// - Parameters:
    ///   - kind: 0 for groups, 1 for chunks.
    ///   - level: the height above the leaves, if the node is not the root.
    ///   - most: how many children a node may have.
    func readTreeHead(
        _ node: inout ByteCursor, at address: Int, kind: Int, level: Int?, most: Int
    ) throws(Problem) -> TreeNode {
        try node.expect("TREE")
        guard try node.u8() == kind else { throw node.damaged("it is one of another kind") }
        let found = try node.u8()
        guard level == nil || found == level else { throw node.damaged("a node stands on the wrong level") }
        let count = try node.u16()
        guard count <= most else { throw node.damaged("a node has \(count) children, where \(most) are the most") }
        return try TreeNode(
            address: address, level: found, count: count, left: node.address(), right: node.address())
    }
}

/// Sees that the nodes of each level of a B-tree name each other as neighbours.
struct Neighbours {
    /// The node that was met last on each level, from the leaves up.
    private var last: [TreeNode?] = []

    /// Takes the next node: the root first, then always the one that stands left of the others.
    mutating func add(_ node: TreeNode) throws(Problem) {
        if last.isEmpty { last = Array(repeating: nil, count: node.level + 1) }
        let before = last[node.level]
        guard node.left == before?.address else { throw wrong(node) }
        if let before, before.right != node.address { throw wrong(before) }
        last[node.level] = node
    }

    /// Checks that none is missing on the right.
    func finish() throws(Problem) {
        for case let node? in last where node.right != nil { throw wrong(node) }
    }

    private func wrong(_ node: TreeNode) -> Problem {
        .damaged("the B-tree's node at byte \(node.address) names the wrong neighbours")
    }
}
