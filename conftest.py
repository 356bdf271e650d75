"""No test talks to the network: a developer's own key stays out of them, also in the kernels of the notebooks."""

import os

os.environ.pop("ANTHROPIC_API_KEY", None)
