@_exported import AdjointCore
@_exported import AdjointTransforms
