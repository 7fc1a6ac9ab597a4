"""Starts microburst so that answers keep their Content-Length: it drops the header, S3 always sends it, and whoever reads
an object relies on it."""

import sys

from microburst import forward

forward.HOP_BY_HOP = forward.HOP_BY_HOP - {"content-length"}

from microburst.cli import main  # noqa: E402  (it is to see what was changed)

sys.exit(main())
