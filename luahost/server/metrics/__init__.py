"""
What a server has counted and measured, as ``GET /metrics`` shows it to Prometheus.

``metrics.py`` hears what happens, ``tally.py`` adds up what was done in an attempt, ``instruments.py`` names
what is counted and is the only import of prometheus_client, ``series.py`` has the numbers, ``labels.py``
keeps the number of series bounded whatever scripts say, ``measured.py`` is the network that counts requests.
"""

from luahost.server.metrics.labels import OTHER
from luahost.server.metrics.measured import MeasuredNetwork
from luahost.server.metrics.metrics import Metrics

__all__ = ["OTHER", "MeasuredNetwork", "Metrics"]
