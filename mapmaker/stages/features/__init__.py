"""features: images -> what an extractor sees in each, (rows, d) float32."""

from mapmaker.stages.features.cache import Cache
from mapmaker.stages.features.given import read_features_file
from mapmaker.stages.features.stage import FeaturesStage, extract

__all__ = ["Cache", "FeaturesStage", "extract", "read_features_file"]
