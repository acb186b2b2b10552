@_exported import AdjointCore
@_exported import AdjointFourier
@_exported import AdjointGraph
@_exported import AdjointLinearAlgebra
@_exported import AdjointNN
@_exported import AdjointTransforms
