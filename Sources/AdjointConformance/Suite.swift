import Foundation

/// The cases of one operator.
struct OperatorCases: Sendable {
    let name: String
    /// The name that adapters have.
    let operation: String
    let aliases: [String]
    let tier: Int?
    /// A case that cannot be read is an error of its own.
    var cases: [(id: String, record: Result<Case, CaseError>)]

    /// How the library is called; nil if it has no such operator.
    var adapter: Adapter? { findAdapter(named: operation, aliases) }

    /// What is wrong with a case; nothing if it passes.
    func failures(ofCase index: Int) -> [String] {
        switch cases[index].record {
        case .failure(let error): return [error.description]
        case .success(let record):
            guard let adapter else { return ["there is no such operator"] }
            return CaseRunner(record: record, adapter: adapter).failures()
        }
    }
}

/// Recorded cases: a folder in the format of the conformance vectors, a folder of JSON files, or one JSON file.
struct Suite: Sendable {
    var operators: [OperatorCases] = []

    init(at path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CaseError("there is no file or folder \(path)")
        }
        let tiers = isFolder.boolValue ? try Self.tiers(path + "/INDEX.tsv") : [:]
        let recorded = path + "/pytorch"
        for file in isFolder.boolValue ? try Self.files(recorded) + Self.files(path) : [path] {
            operators += try Self.read(file, tiers)
        }
        guard !operators.isEmpty else { throw CaseError("there are no cases in \(path)") }
    }

    private static func files(_ folder: String) throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.filter { $0.hasSuffix(".json") }.sorted().map { folder + "/" + $0 }
    }

    private static func tiers(_ path: String) throws -> [String: Int] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        guard let header = lines.first, let name = header.firstIndex(of: "name"),
            let tier = header.firstIndex(of: "tier")
        else { throw CaseError("\(path) has no columns name and tier") }
        var tiers: [String: Int] = [:]
        for line in lines.dropFirst() where line.count == header.count { tiers[String(line[name])] = Int(line[tier]) }
        return tiers
    }

    /// Reads a file; one whose cases carry their own operators becomes several.
    private static func read(_ path: String, _ tiers: [String: Int]) throws -> [OperatorCases] {
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        do {
            let json = try JSON(parsing: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            guard case .object(let members) = json, case .array(let entries)? = members["cases"] else {
                throw CaseError("there is no array of cases")
            }
            let name: String? = if case .string(let name)? = members["op"] { name } else { nil }
            var aliases: [String] = []
            if case .array(let names)? = members["aliases"] {
                aliases = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
            }
            let ownTier: Int? = if case .int(let tier)? = members["tier"] { tier } else { nil }
            var found: [OperatorCases] = []
            var places: [String: Int] = [:]
            for (index, entry) in entries.enumerated() {
                let (operation, id) = Self.heading(entry)
                let owner = name ?? operation ?? stem
                let place = places[owner] ?? found.count
                if place == found.count {
                    places[owner] = place
                    let title = name == nil && operation != nil ? "\(owner) (\(stem))" : owner
                    found.append(
                        OperatorCases(
                            name: title, operation: owner, aliases: aliases, tier: tiers[owner] ?? ownTier,
                            cases: []))
                }
                let record: Result<Case, CaseError>
                do {
                    record = .success(try Case(entry, file: owner))
                } catch {
                    record = .failure(CaseError("\(error)"))
                }
                found[place].cases.append((id ?? "case \(index)", record))
            }
            return found
        } catch {
            throw CaseError("\(path): \(error)")
        }
    }

    private static func heading(_ json: JSON) -> (operation: String?, id: String?) {
        guard case .object(let members) = json else { return (nil, nil) }
        var heading: (operation: String?, id: String?) = (nil, nil)
        if case .string(let name)? = members["op"] { heading.operation = name }
        if case .string(let id)? = members["id"] { heading.id = id }
        return heading
    }
}
